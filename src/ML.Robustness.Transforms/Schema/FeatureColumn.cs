using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Transforms.Schema;

/// <summary>The column that a network reads: its name, its vector type, and the shape of one row.</summary>
internal sealed record FeatureColumn(string Name, VectorDataViewType Type, InputShape Shape)
{
    internal bool IsBytes => Type.ItemType == NumberDataViewType.Byte;

    /// <summary>The same features in a column of another name; null for this column.</summary>
    internal FeatureColumn In(string? name) => name is null ? this : this with { Name = name };

    /// <summary>Throws what <c>Fit</c> and <c>GetOutputSchema</c> have to say against the column.</summary>
    internal static void Check(SchemaShape inputSchema, string name)
    {
        if (ColumnShapes.Find(inputSchema, name) is not { } column)
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Could not find feature column '{name}'. The columns are {Names(inputSchema)}.");
        }

        if (column.IsKey || column.Kind != SchemaShape.Column.VectorKind.Vector || !IsFeature(column.ItemType))
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Schema mismatch for feature column '{name}': expected Vector<Single> or Vector<Byte> of known size, got " +
                    $"{ColumnShapes.Describe(column)}. " +
                "Bring the features together with Concatenate, convert them with ConvertType, or give the property " +
                    "[VectorType(n)].");
        }
    }

    /// <summary>
    /// Throws what <c>Fit</c> and <c>GetOutputSchema</c> have to say against the column, which must be as the one trained on.
    /// </summary>
    internal void CheckAgain(SchemaShape inputSchema)
    {
        Check(inputSchema, Name);
        var found = ColumnShapes.Find(inputSchema, Name)!.Value;
        if (!found.ItemType.Equals(Type.ItemType))
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Schema mismatch for feature column '{Name}': expected Vector<{Type.ItemType}> as the classifier was trained " +
                    $"on, got {ColumnShapes.Describe(found)}. Give the step rows made as those the classifier was trained on.");
        }
    }

    /// <summary>
    /// Finds the column to train on and the shape of its rows: the one asked for, else the one its dimensions give.
    /// </summary>
    internal static FeatureColumn Resolve(DataViewSchema inputSchema, string name, InputShape? asked)
    {
        var type = (VectorDataViewType)inputSchema[name].Type;
        if (asked is not { } shape)
            return new FeatureColumn(name, type, FromDimensions(inputSchema, name));
        if (shape.Length != type.Size)
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Schema mismatch for feature column '{name}': expected Vector<{type.ItemType}, {shape.Length}> (InputShape " +
                    $"{shape}), got {type}. Set Options.InputShape to match the column.");
        }
        CheckOrder(inputSchema, name, shape, static sizes =>
            $"set Options.InputShape to new InputShape({string.Join(", ", sizes)}), or leave it null.");
        return new FeatureColumn(name, type, shape);
    }

    /// <summary>Throws where the column's own dimensions say that its values are in another order than the shape.</summary>
    private static void CheckOrder(
        DataViewSchema inputSchema, string name, InputShape shape, Func<IReadOnlyList<int>, string> advice)
    {
        var type = (VectorDataViewType)inputSchema[name].Type;
        if (!shape.IsImage || type.Dimensions.Length is not (2 or 3))
            return;
        int[] sizes = type.Dimensions.Length == 2 ? [1, .. type.Dimensions] : [.. type.Dimensions];
        if (sizes.SequenceEqual([shape.Channels, shape.Height, shape.Width]))
            return;
        throw new ArgumentOutOfRangeException(nameof(inputSchema),
            $"Schema mismatch for feature column '{name}': InputShape {shape} and the column's type {type} have the same number "
            + $"of values in another order. Shapes are channels × height × width: {advice(sizes)}");
    }

    /// <summary>Finds the column in rows to score, which must be as those trained on.</summary>
    internal DataViewSchema.Column Find(DataViewSchema inputSchema)
    {
        if (inputSchema.GetColumnOrNull(Name) is not { } column)
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Could not find feature column '{Name}'. The columns are " +
                    $"{string.Join(", ", inputSchema.Where(c => !c.IsHidden).Select(c => $"'{c.Name}'"))}.");
        }

        if (column.Type is not VectorDataViewType vector || vector.Size != Type.Size || !vector.ItemType.Equals(Type.ItemType))
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Schema mismatch for feature column '{Name}': expected Vector<{Type.ItemType}, {Type.Size}> as in training, " +
                    $"got {column.Type}. Give the model rows made as those it was trained on.");
        }

        CheckOrder(inputSchema, Name, Shape,
            static _ => "give planes, as ExtractPixels makes with interleavePixelColors: false.");
        return column;
    }

    /// <summary>Throws where the column holds bytes, and its values are taken to lie outside [0, 1].</summary>
    /// <param name="range">The range of the values.</param>
    /// <param name="owner">Who says so, as the error has it, such as "the threat model works in".</param>
    /// <param name="parameter">The parameter that the error names.</param>
    internal void CheckRange(ValueRange range, string owner, string parameter)
    {
        if (IsBytes && (range.Minimum < 0 || range.Maximum > 1))
            throw new ArgumentException(
                $"Column '{Name}' holds bytes, which are read as value / 255, but {owner} {range}. Give it a range in [0, 1], "
                + "for example ThreatModel.LInf(8 / 255.0).", parameter);
    }

    internal void Write(BinaryWriter writer)
    {
        writer.Write(Name);
        writer.Write(IsBytes);
        writer.Write(Type.Dimensions.Length);
        foreach (var dimension in Type.Dimensions)
            writer.Write(dimension);
        writer.Write(Shape.IsImage);
        writer.Write(Shape.Channels);
        writer.Write(Shape.Height);
        writer.Write(Shape.Width);
    }

    internal static FeatureColumn Read(CheckedReader reader)
    {
        var name = reader.ReadString();
        PrimitiveDataViewType item = reader.ReadBoolean() ? NumberDataViewType.Byte : NumberDataViewType.Single;
        var (dimensions, size) = reader.ReadSizes($"column '{name}'");
        var isImage = reader.ReadBoolean();
        var (channels, height, width) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        var shape = isImage ? new InputShape(channels, height, width) : InputShape.Vector(channels);
        return size == shape.Length
            ? new FeatureColumn(name, new VectorDataViewType(item, ImmutableArray.Create(dimensions)), shape)
            : throw new InvalidDataException($"column '{name}' has {size} values, and rows of {shape} have {shape.Length}");
    }

    private static bool IsFeature(DataViewType type) =>
        type.Equals(NumberDataViewType.Single) || type.Equals(NumberDataViewType.Byte);

    private static string Names(SchemaShape shape) => string.Join(", ", shape.Select(column => $"'{column.Name}'"));

    private static InputShape FromDimensions(DataViewSchema inputSchema, string name)
    {
        var type = (VectorDataViewType)inputSchema[name].Type;
        var size = type.Dimensions;
        if (size.Length == 2)
            return new InputShape(1, size[0], size[1]);
        if (size.Length != 3)
            return InputShape.Vector(type.Size);
        if (size[2] is 1 or 3 or 4 && size[0] is not (1 or 3 or 4))
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Feature column '{name}' of type {type} looks like an image whose colours are interleaved: expected channels " +
                    "× height × width. " +
                "Extract pixels with interleavePixelColors: false, or set Options.InputShape if the column's order is right.");
        }

        return new InputShape(size[0], size[1], size[2]);
    }
}

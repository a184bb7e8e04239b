using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>The format of a row in a feature data set's file: four bytes of label, then the features.</summary>
internal sealed record FeatureDatasetRecord(
    string FeatureName, VectorDataViewType FeatureType, string LabelName, DataViewType LabelType, KeyValues? KeyValues)
{
    internal const int LabelLength = sizeof(uint);

    internal bool IsFloat => FeatureType.ItemType.Equals(NumberDataViewType.Single);

    internal int Length => LabelLength + FeatureType.Size * (IsFloat ? sizeof(float) : sizeof(byte));

    /// <summary>Finds the columns, or throws an error.</summary>
    /// <exception cref="ArgumentException">A column is missing or of a type that the file does not hold.</exception>
    internal static FeatureDatasetRecord Of(DataViewSchema schema, string featureName, string labelName)
    {
        var features = Find(schema, featureName);
        var label = Find(schema, labelName);
        if (features.Type is not VectorDataViewType { IsKnownSize: true } type
            || (!type.ItemType.Equals(NumberDataViewType.Single) && !type.ItemType.Equals(NumberDataViewType.Byte)))
        {
            throw new ArgumentException(
                $"Column '{featureName}' is of type {features.Type}: expected a vector of Single or Byte of known size. " +
                    "Convert it with ConvertType, or name another FeatureColumnName.", nameof(schema));
        }

        if (label.Type is KeyDataViewType { Count: > 0 and <= int.MaxValue } key && key.RawType == typeof(uint))
            return new(featureName, type, labelName, key, KeyValues.Of(label, (int)key.Count));
        if (label.Type.Equals(NumberDataViewType.Single))
            return new(featureName, type, labelName, label.Type, null);
        throw new ArgumentException(
            $"Column '{labelName}' is of type {label.Type}: expected a Key<UInt32> or Single. Make keys of the labels with " +
                "MapValueToKey, or name another LabelColumnName.", nameof(schema));
    }

    internal DataViewSchema ToSchema()
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        KeyValues?.AddTo(annotations, KeyValues.Kind);
        var schema = new DataViewSchema.Builder();
        schema.AddColumn(FeatureName, FeatureType);
        schema.AddColumn(LabelName, LabelType, annotations.ToAnnotations());
        return schema.ToSchema();
    }

    /// <summary>Opens a cursor over the two columns.</summary>
    internal DataViewRowCursor OpenCursor(IDataView data) =>
        data.GetRowCursor([data.Schema[FeatureName], data.Schema[LabelName]]);

    /// <summary>Creates a writer of the cursor's current row as a record.</summary>
    internal Write WriterOf(DataViewRow row) => IsFloat ? WriterOf<float>(row) : WriterOf<byte>(row);

    private Write WriterOf<T>(DataViewRow row)
        where T : struct
    {
        var getFeatures = row.GetGetter<VBuffer<T>>(row.Schema[FeatureName]);
        var writeLabel = LabelOf(row);
        VBuffer<T> features = default;
        return target =>
        {
            writeLabel(target);
            getFeatures(ref features);
            if (features.Length != FeatureType.Size)
                throw new InvalidOperationException(
                    $"Row {row.Position} of column '{FeatureName}' has {features.Length} values: expected {FeatureType.Size}, " +
                    "as the column's type says.");
            features.CopyTo(MemoryMarshal.Cast<byte, T>(target[LabelLength..]));
        };
    }

    private Write LabelOf(DataViewRow row)
    {
        if (LabelType is KeyDataViewType)
        {
            var getKey = row.GetGetter<uint>(row.Schema[LabelName]);
            uint key = 0;
            return target =>
            {
                getKey(ref key);
                BinaryPrimitives.WriteUInt32LittleEndian(target, key);
            };
        }

        var getNumber = row.GetGetter<float>(row.Schema[LabelName]);
        float number = 0;
        return target =>
        {
            getNumber(ref number);
            BinaryPrimitives.WriteSingleLittleEndian(target, number);
        };
    }

    private static DataViewSchema.Column Find(
        DataViewSchema schema, string name) => schema.GetColumnOrNull(name) ?? throw new ArgumentException(
        $"Could not find column '{name}'. The columns are " +
            $"{string.Join(", ", schema.Select(column => $"'{column.Name}'"))}.", nameof(schema));

    /// <summary>Writes a row to the start of a span.</summary>
    internal delegate void Write(Span<byte> target);
}

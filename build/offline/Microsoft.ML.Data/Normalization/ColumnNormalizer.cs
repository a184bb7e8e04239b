using System.Collections.Immutable;
using System.Numerics;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Data;

/// <summary>What was learned of one column, and its application.</summary>
internal abstract class ColumnNormalizer
{
    public DataViewType Type { get; protected init; }

    public abstract NormalizingTransformer.NormalizerModelParametersBase ModelParameters { get; }

    public abstract Delegate MakeGetter(DataViewRow row, DataViewSchema.Column input);

    public abstract void Save(ModelSaveContext ctx);

    public static ColumnNormalizer Load(ModelLoadContext ctx, DataViewType type) => type.GetItemType().Equals(NumberDataViewType.Single)
        ? ColumnNormalizer<float>.Load(ctx, type, reader => reader.ReadSingle())
        : ColumnNormalizer<double>.Load(ctx, type, reader => reader.ReadDouble());
}

internal abstract class ColumnNormalizer<T> : ColumnNormalizer
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private protected static readonly Action<BinaryWriter, T> WriteNumber = typeof(T) == typeof(float)
        ? (writer, value) => writer.Write(float.CreateTruncating(value))
        : (writer, value) => writer.Write(double.CreateTruncating(value));

    /// <summary>One value of a slot. Zero slots of a sparse vector that stay zero are not asked for.</summary>
    private protected abstract T Apply(T value, int slot);

    /// <summary>Whether every implicit zero of a sparse vector stays a zero.</summary>
    private protected abstract bool KeepsZero { get; }

    private protected abstract int Size { get; }

    public static ColumnNormalizer Load(ModelLoadContext ctx, DataViewType type, Func<BinaryReader, T> read)
        => ctx.Header.LoaderSignature == AffineNormalizer<T>.Signature
            ? AffineNormalizer<T>.Read(ctx, type, read)
            : CdfNormalizer<T>.Read(ctx, type, read);

    public sealed override Delegate MakeGetter(DataViewRow row, DataViewSchema.Column input)
    {
        if (input.Type is not VectorDataViewType)
        {
            ValueGetter<T> scalar = row.GetGetter<T>(input);
            return (ValueGetter<T>)((ref T value) =>
            {
                scalar(ref value);
                value = Apply(value, 0);
            });
        }
        ValueGetter<VBuffer<T>> vector = row.GetGetter<VBuffer<T>>(input);
        VBuffer<T> source = default;
        var result = new T[Size];
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
        {
            vector(ref source);
            ((IExceptionContext)null).Check(source.Length == Size);
            Fill(source, result);
            Commit(result, ref value);
        });
    }

    private void Fill(in VBuffer<T> source, T[] result)
    {
        ReadOnlySpan<T> values = source.GetValues();
        if (source.IsDense)
        {
            for (int slot = 0; slot < result.Length; slot++)
                result[slot] = Apply(values[slot], slot);
            return;
        }
        for (int slot = 0; slot < result.Length; slot++)
            result[slot] = KeepsZero ? T.Zero : Apply(T.Zero, slot);
        ReadOnlySpan<int> indices = source.GetIndices();
        for (int i = 0; i < values.Length; i++)
            result[indices[i]] = Apply(values[i], indices[i]);
    }

    // Dense where at least half of the slots are not zero, as ML.NET's builder of vectors decides.
    private static void Commit(T[] result, ref VBuffer<T> value)
    {
        int count = result.Count(item => item != T.Zero);
        bool isDense = count >= Math.Max(1, result.Length / 2);
        VBufferEditor<T> editor = isDense ? VBufferEditor.Create(ref value, result.Length) : VBufferEditor.Create(ref value, result.Length, count);
        int next = 0;
        for (int slot = 0; slot < result.Length; slot++)
        {
            if (isDense)
            {
                editor.Values[slot] = result[slot] == T.Zero ? T.Zero : result[slot];
            }
            else if (result[slot] != T.Zero)
            {
                editor.Values[next] = result[slot];
                editor.Indices[next++] = slot;
            }
        }
        value = editor.Commit();
    }
}

/// <summary>y = (x - offset) * scale.</summary>
internal sealed class AffineNormalizer<T> : ColumnNormalizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public const string Signature = "AffineNormExec";
    private readonly T[] _scale;
    private readonly T[] _offset;

    /// <summary>Offsets are null where none is needed.</summary>
    public AffineNormalizer(DataViewType type, T[] scale, T[] offset)
    {
        Type = type;
        _scale = scale;
        _offset = offset;
    }

    public override NormalizingTransformer.NormalizerModelParametersBase ModelParameters => Type is VectorDataViewType
        ? new NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<T>>([.. _scale], [.. _offset ?? []])
        : new NormalizingTransformer.AffineNormalizerModelParameters<T>(_scale[0], _offset?[0] ?? T.Zero);

    private static VersionInfo Version => new("AFF NORM", 0x00010003, 0x00010003, 0x00010003, typeof(NormalizingTransformer).Assembly.FullName, Signature);

    private protected override bool KeepsZero => _offset == null;

    private protected override int Size => _scale.Length;

    public static AffineNormalizer<T> Read(ModelLoadContext ctx, DataViewType type, Func<BinaryReader, T> read)
    {
        ctx.CheckAtModel(Version);
        Contracts.CheckDecode(ctx.Reader.ReadInt32() == System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
        Contracts.CheckDecode(ctx.Reader.ReadInt32() == type.GetValueCount());
        Contracts.CheckDecode(ctx.Reader.ReadInt32() == -1);
        T[] scale = ReadNumbers(ctx.Reader, read);
        T[] offset = ReadNumbers(ctx.Reader, read);
        Contracts.CheckDecode(scale.Length == type.GetValueCount() && (offset.Length == 0 || offset.Length == scale.Length));
        return new AffineNormalizer<T>(type, scale, offset.Length == 0 ? null : offset);
    }

    public override void Save(ModelSaveContext ctx)
    {
        T[] offsets = Type is VectorDataViewType ? _offset : [_offset?[0] ?? T.Zero];
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        ctx.Writer.Write(System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
        ctx.Writer.Write(_scale.Length);
        ctx.Writer.Write(-1);
        WriteNumbers(ctx.Writer, _scale);
        WriteNumbers(ctx.Writer, offsets ?? []);
        ctx.SaveTextStream("AffineNormalizer.txt", writer =>
        {
            writer.WriteLine($"NumNormalizationFeatures={_scale.Length}");
            for (int i = 0; i < _scale.Length; i++)
                writer.WriteLine(FormattableString.Invariant($"{i}\t{offsets?[i] ?? T.Zero}\t{_scale[i]}"));
            writer.WriteLine();
        });
    }

    private protected override T Apply(T value, int slot) => _offset == null ? value * _scale[slot] : (value - _offset[slot]) * _scale[slot];

    private static void WriteNumbers(BinaryWriter writer, T[] values)
    {
        writer.Write(values.Length);
        foreach (T value in values)
            WriteNumber(writer, value);
    }

    private static T[] ReadNumbers(BinaryReader reader, Func<BinaryReader, T> read)
    {
        int count = reader.ReadInt32();
        Contracts.CheckDecode(count >= 0);
        return Enumerable.Range(0, count).Select(_ => read(reader)).ToArray();
    }
}

/// <summary>The normal distribution's cumulative share, by ML.NET's closed form.</summary>
internal sealed class CdfNormalizer<T> : ColumnNormalizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string Signature = "CdfNormalizeFunction";
    private readonly T[] _mean;
    private readonly T[] _deviation;

    public CdfNormalizer(DataViewType type, T[] mean, T[] deviation)
    {
        Type = type;
        _mean = mean;
        _deviation = deviation;
    }

    public override NormalizingTransformer.NormalizerModelParametersBase ModelParameters => Type is VectorDataViewType
        ? new NormalizingTransformer.CdfNormalizerModelParameters<ImmutableArray<T>>([.. _mean], [.. _deviation], false)
        : new NormalizingTransformer.CdfNormalizerModelParameters<T>(_mean[0], _deviation[0], false);

    private static VersionInfo Version => new("CDFNORMF", 0x00010001, 0x00010001, 0x00010001, typeof(NormalizingTransformer).Assembly.FullName, Signature);

    private protected override bool KeepsZero => true;

    private protected override int Size => _mean.Length;

    public static CdfNormalizer<T> Read(ModelLoadContext ctx, DataViewType type, Func<BinaryReader, T> read)
    {
        ctx.CheckAtModel(Version);
        Contracts.CheckDecode(ctx.Reader.ReadInt32() == System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
        Contracts.CheckDecode(!ctx.Reader.ReadBoolean());
        int size = ctx.Reader.ReadInt32();
        Contracts.CheckDecode(size == type.GetValueCount());
        T[] Numbers() => Enumerable.Range(0, size).Select(_ => read(ctx.Reader)).ToArray();
        return new CdfNormalizer<T>(type, Numbers(), Numbers());
    }

    public override void Save(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        ctx.Writer.Write(System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
        ctx.Writer.Write(false);
        ctx.Writer.Write(_mean.Length);
        foreach (T value in _mean.Concat(_deviation))
            WriteNumber(ctx.Writer, value);
        ctx.SaveTextStream("CdfNormalizer.txt", writer =>
        {
            writer.WriteLine($"NumNormalizationFeatures={_mean.Length}");
            writer.WriteLine("Log=False");
            for (int i = 0; i < _mean.Length; i++)
                writer.WriteLine(FormattableString.Invariant($"{_mean[i]}\t{_deviation[i]}"));
        });
    }

    private protected override T Apply(T value, int slot)
    {
        if (!(_deviation[slot] > T.Epsilon) || !T.IsFinite(value))
            return T.Zero;
        T x = (value - _mean[slot]) / _deviation[slot];
        T half = x * x / T.CreateTruncating(2);
        T scaled = T.CreateTruncating(0.147) * half;
        double inner = double.CreateTruncating(-half) * ((4 / Math.PI) + double.CreateTruncating(scaled)) / double.CreateTruncating(T.One + scaled);
        return T.CreateTruncating(0.5 + (0.5 * T.Sign(x) * Math.Sqrt(1 - Math.Exp(inner))));
    }
}

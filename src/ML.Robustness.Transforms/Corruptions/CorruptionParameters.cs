using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Imaging;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Corruptions;

/// <summary>What the step does to rows.</summary>
/// <param name="Corruption">The corruption.</param>
/// <param name="Severity">One to five.</param>
/// <param name="Range">Black and white.</param>
/// <param name="Images">The column of images.</param>
/// <param name="OutputColumnName">The column of corrupted images.</param>
/// <param name="Seed">Goes with each row's id into its random numbers.</param>
internal sealed record CorruptionParameters(
    Corruption Corruption, int Severity, ValueRange Range, FeatureColumn Images, string OutputColumnName, ulong Seed)
{
    /// <summary>Corrupts a block of rows.</summary>
    /// <returns>(N, C, H, W), of the column's type; it belongs to the current dispose scope.</returns>
    internal Tensor Run(FeatureBlock block, long[] rowNumbers)
    {
        var corrupted = Corruption.Apply(block.ToInputs(), Severity, new RowRandom(Seed, rowNumbers), Range);
        return Images.IsBytes ? corrupted.mul(Kept(255)).round_().to(ScalarType.Byte) : corrupted;
    }

    internal void Write(BinaryWriter writer)
    {
        if (!Corruption.All.Any(own => own.GetType() == Corruption.GetType()))
            throw new NotSupportedException(
                $"The corruption {Corruption} of a Corrupt step cannot be written to a model file. Use one of Corruption.All.");
        writer.Write(Corruption.Name);
        if (Corruption is Jpeg jpeg)
            writer.Write((byte)jpeg.ColorOrder);
        writer.Write(Severity);
        writer.Write(Range.Minimum);
        writer.Write(Range.Maximum);
        Images.Write(writer);
        writer.Write(OutputColumnName);
        writer.Write(Seed);
    }

    internal static CorruptionParameters Read(CheckedReader reader)
    {
        var name = reader.ReadString();
        var corruption = Corruption.All.FirstOrDefault(own => own.Name == name) ?? throw new InvalidDataException(
            $"it has the corruption '{name}', which this version does not know");
        if (corruption is Jpeg)
            corruption = new Jpeg { ColorOrder = reader.ReadEnum<ColorOrder>() };
        var (severity, range) = (reader.ReadInt32("the severity", 1, 5),
            new ValueRange(reader.ReadDouble(), reader.ReadDouble()));
        return new CorruptionParameters(corruption, severity, range, FeatureColumn.Read(reader), reader.ReadString(),
            reader.ReadUInt64());
    }
}

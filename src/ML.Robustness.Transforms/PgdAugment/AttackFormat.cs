using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.Persistence;
using ML.Robustness.ThreatModels;

namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>The format of a step's attack in a model file.</summary>
internal static class AttackFormat
{
    private static readonly AttackLoss[] Losses = [AttackLoss.CrossEntropy, AttackLoss.Margin, AttackLoss.Dlr];

    /// <summary>Added to the norm's number where each feature has a range, which then follow the budgets.</summary>
    private const byte RangesFlag = 16;

    private static readonly string[] Norms = ["LInf", "L2", "L1", "Unbounded"];

    internal static void Write(BinaryWriter writer, ProjectedGradientDescent attack)
    {
        WriteThreatModel(writer, attack.ThreatModel);
        var loss = Array.FindIndex(Losses,
            loss => loss.GetType() == attack.Loss.GetType() && loss.ToString() == attack.Loss.ToString());
        if (loss < 0)
            throw new NotSupportedException(
                $"The loss {attack.Loss} of a PgdAugment step cannot be written to a model file. Use one of " +
                $"{nameof(AttackLoss)}'s own, or save the chain's GetModelFor(TransformerScope.Scoring), which leaves the " +
                "step out.");
        writer.Write((byte)loss);
        writer.Write(attack.BatchSize);
        writer.Write(attack.Steps);
        writer.Write(attack.StepSize ?? double.NaN);
        writer.Write(attack.RandomStart);
        writer.Write(attack.StartOnSurface);
        writer.Write(attack.Momentum);
        writer.Write(attack.ReturnBestIterate);
        writer.Write(attack.EotSamples);
    }

    internal static ProjectedGradientDescent Read(CheckedReader reader) => new(ReadThreatModel(reader))
    {
        Loss = Of("the loss", Losses, reader.ReadByte()),
        BatchSize = reader.ReadInt32(),
        Steps = reader.ReadInt32("the number of steps", 1, FileLimits.Steps),
        StepSize = reader.ReadDouble() is var size && double.IsNaN(size) ? null : size,
        RandomStart = reader.ReadBoolean(),
        StartOnSurface = reader.ReadBoolean(),
        Momentum = reader.ReadDouble(),
        ReturnBestIterate = reader.ReadBoolean(),
        EotSamples = reader.ReadInt32("the number of samples", 1, FileLimits.Samples),
    };

    internal static void WriteThreatModel(BinaryWriter writer, ThreatModel threatModel)
    {
        writer.Write((byte)(Array.IndexOf(Norms, threatModel.Name) | (threatModel.Ranges is null ? 0 : RangesFlag)));
        writer.Write(threatModel.Epsilon);
        writer.Write(threatModel.Range.Minimum);
        writer.Write(threatModel.Range.Maximum);
        writer.Write(threatModel.Budgets?.Count ?? 0);
        foreach (var budget in threatModel.Budgets ?? [])
            writer.Write(budget);
        if (threatModel.Ranges is not { } ranges)
            return;
        writer.Write(ranges.Count);
        foreach (var range in ranges)
        {
            writer.Write(range.Minimum);
            writer.Write(range.Maximum);
        }
    }

    internal static ThreatModel ReadThreatModel(CheckedReader reader)
    {
        var number = reader.ReadByte();
        var (norm, epsilon, range) = (Of("the norm", Norms, (byte)(number & ~RangesFlag)), reader.ReadDouble(),
            ReadRange(reader));
        var threatModel = norm switch
        {
            "LInf" => ThreatModel.LInf(epsilon, range),
            "L2" => ThreatModel.L2(epsilon, range),
            "L1" => ThreatModel.L1(epsilon, range),
            _ => ThreatModel.Unbounded(range),
        };
        var budgets = new double[reader.ReadCount("budgets", sizeof(double))];
        for (var i = 0; i < budgets.Length; i++)
            budgets[i] = reader.ReadDouble();
        if (budgets.Length > 0)
            threatModel = threatModel.WithBudgets(budgets);
        if ((number & RangesFlag) == 0)
            return threatModel;
        var ranges = new ValueRange[reader.ReadCount("ranges", 2 * sizeof(double))];
        for (var i = 0; i < ranges.Length; i++)
            ranges[i] = ReadRange(reader);
        return threatModel.WithRanges(ranges);
    }

    private static ValueRange ReadRange(CheckedReader reader) => new(reader.ReadDouble(), reader.ReadDouble());

    private static T Of<T>(string what, T[] all, byte number) => number < all.Length
        ? all[number]
        : throw new InvalidDataException($"{what} is {number}, where 0 to {all.Length - 1} was expected");
}

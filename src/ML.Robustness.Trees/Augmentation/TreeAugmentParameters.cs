using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.TreeEnsembles;
using ML.Robustness.Trees.Certification;

namespace ML.Robustness.Trees.Augmentation;

/// <summary>The parameters of the step.</summary>
/// <param name="Model">The model that is attacked.</param>
/// <param name="Epsilon">The radius.</param>
/// <param name="Norm">The norm.</param>
/// <param name="Units">The units, by name.</param>
/// <param name="Ranges">The ranges, by name.</param>
/// <param name="LabelColumnName">The column of labels.</param>
/// <param name="Placement">Where adversarial rows stand.</param>
/// <param name="IsAdversarialColumnName">The column that marks them; null for none.</param>
/// <param name="Starts">The starts of the attack.</param>
/// <param name="Restarts">The restarts of the attack.</param>
/// <param name="Seed">Goes with each row's id into its random numbers.</param>
internal sealed record TreeAugmentParameters(
    ITransformer Model, double Epsilon, TreeNorm Norm, IReadOnlyDictionary<string, double> Units,
    IReadOnlyDictionary<string, ValueRange> Ranges, string LabelColumnName, CopyPlacement Placement,
    string? IsAdversarialColumnName, int Starts, int Restarts, ulong Seed)
{
    internal static TreeAugmentParameters Of(TreeAugmentRowsEstimator.Options options, ulong seed)
    {
        if (options.Model is null)
            throw new ArgumentException("Options.Model is not set: give the fitted model to attack.", nameof(options));
        if (options.Epsilon == 0)
            throw new ArgumentException("Options.Epsilon is not set: give the radius of the attack, above 0.", nameof(options));
        return new TreeAugmentParameters(
            options.Model, options.Epsilon, options.Norm, options.Units, options.Ranges, options.LabelColumnName,
            options.Placement, options.IsAdversarialColumnName, options.AttackStarts, options.AttackRestarts,
            options.Seed ?? seed);
    }

    /// <summary>The attack on these features.</summary>
    internal TreeCertifier Certifier(RawFeatures features) => new()
    {
        Norm = Norm,
        Units = features.ValuesOf(Units, 1, nameof(Units)),
        Ranges = features.ValuesOf(Ranges, ValueRange.Unbounded, nameof(Ranges)),
        AttackStarts = Starts,
        AttackRestarts = Restarts,
        Seed = Seed,
    };

    internal void Write(BinaryWriter writer)
    {
        writer.Write(Epsilon);
        writer.Write((byte)Norm);
        writer.Write(LabelColumnName);
        writer.Write((byte)Placement);
        writer.Write(IsAdversarialColumnName ?? "");
        writer.Write(Starts);
        writer.Write(Restarts);
        writer.Write(Seed);
        writer.Write(Units.Count);
        foreach (var (name, unit) in Units)
        {
            writer.Write(name);
            writer.Write(unit);
        }
        writer.Write(Ranges.Count);
        foreach (var (name, range) in Ranges)
        {
            writer.Write(name);
            writer.Write(range.Minimum);
            writer.Write(range.Maximum);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote; the model comes after it.</summary>
    internal static Func<ITransformer, TreeAugmentParameters> Read(CheckedReader reader)
    {
        var (epsilon, norm, label) = (reader.ReadDouble(), reader.ReadEnum<TreeNorm>(), reader.ReadString());
        if (!(epsilon > 0 && double.IsFinite(epsilon)))
            throw new InvalidDataException($"the radius is {epsilon}, where a finite number above 0 was expected");
        var (placement, mark) = (reader.ReadEnum<CopyPlacement>(), reader.ReadString());
        var starts = reader.ReadInt32("the number of starts", 1, int.MaxValue);
        var restarts = reader.ReadInt32("the number of restarts", 0, int.MaxValue);
        var seed = reader.ReadUInt64();
        var units = new Dictionary<string, double>();
        for (var left = reader.ReadCount("units", sizeof(double) + 1); left > 0; left--)
            units[reader.ReadString()] = reader.ReadDouble();
        var ranges = new Dictionary<string, ValueRange>();
        for (var left = reader.ReadCount("ranges", 2 * sizeof(double) + 1); left > 0; left--)
            ranges[reader.ReadString()] = new ValueRange(reader.ReadDouble(), reader.ReadDouble());
        return model => new TreeAugmentParameters(
            model, epsilon, norm, units, ranges, label, placement, mark.Length == 0 ? null : mark, starts, restarts, seed);
    }
}

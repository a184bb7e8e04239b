using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>The parameters of both forms of the step: the classifier, the attack, and the columns read.</summary>
/// <param name="Classifier">The classifier.</param>
/// <param name="Attack">The attack; its threat model in the range of the features.</param>
/// <param name="Restarts">How often it is run in all.</param>
/// <param name="Features">The column of features, of the type that the classifier takes.</param>
/// <param name="LabelColumnName">The column of labels.</param>
/// <param name="Target">What the attack wants of each row.</param>
/// <param name="Seed">Goes with each row's id into its random numbers.</param>
/// <param name="OwnsClassifier">Whether the classifier came out of the step's own file.</param>
internal sealed record PgdAugmentParameters(
    NeuralClassifierTransformer Classifier, ProjectedGradientDescent Attack, int Restarts, FeatureColumn Features,
    string LabelColumnName, PgdAugmentTarget Target, ulong Seed, bool OwnsClassifier) : IDisposable
{
    private const string WhereMissing =
        " The attack needs each row's label: to score rows without, append this step with TransformerScope.TrainTest and " +
            "take GetModelFor(TransformerScope.Scoring).";

    private readonly Attack _run = Restarts == 1 ? Attack : Attack.WithRestarts(Restarts);

    internal static PgdAugmentParameters Of(PgdAugmentOptions options, string? featureColumnName)
    {
        var classifier = ClassifierChain.ClassifierOf(options.Classifier, "PgdAugment");
        var attack = options.Attack ?? new ProjectedGradientDescent(ThreatModel.LInf(Defaults.Epsilon));
        classifier.Features.CheckRange(attack.ThreatModel.Range, "the threat model has the range", nameof(options));
        attack.ThreatModel.CheckRows(classifier.Features.Shape.Length, "a row of the classifier", nameof(options));
        return new PgdAugmentParameters(
            classifier, attack, options.Restarts, classifier.Features.In(featureColumnName), options.LabelColumnName,
            PgdAugmentTarget.Of(options, classifier.Classes), 0, false);
    }

    /// <summary>Checks the columns for <c>Fit</c> and <c>GetOutputSchema</c>.</summary>
    internal void Check(SchemaShape inputSchema)
    {
        Classifier.ThrowIfDisposed();
        Features.CheckAgain(inputSchema);
        LabelColumn.Check(inputSchema, LabelColumnName, WhereMissing);
        if (Target.ColumnName is { } target)
            LabelColumn.Check(inputSchema, target);
    }

    /// <summary>Finds the columns read, in rows of this schema: features, labels, and targets where there are any.</summary>
    internal DataViewSchema.Column[] Find(DataViewSchema inputSchema)
    {
        Check(ColumnShapes.Of(inputSchema));
        var features = Features.Find(inputSchema);
        string[] names = Target.ColumnName is { } target ? [LabelColumnName, target] : [LabelColumnName];
        return [features, .. names.Select(name => Classifier.FindLabels(inputSchema, name))];
    }

    /// <summary>Creates a reader of class labels from the cursor's current row.</summary>
    internal Func<int> ReaderOf(DataViewRow row, string columnName) => Classifier.LabelReader(row, columnName);

    /// <summary>Attacks a block of rows.</summary>
    /// <returns>
    /// The examples as the network takes them, and the verdicts, as <see cref="AttackResult"/> has them; they belong to the
    /// current dispose scope.
    /// </returns>
    internal (Tensor Inputs, Tensor Success, Tensor Distances, Tensor Predictions) Run(
        FeatureBlock block, long[] labels, long[]? targets, long[] rowNumbers)
    {
        using var use = Classifier.Lifetime.Use();
        var origins = block.ToInputs().to(Classifier.Device);
        var random = new RowRandom(Seed, rowNumbers);
        var open = Target.Goal(tensor(labels, device: CPU).to(Classifier.Device),
            targets is null ? null : tensor(targets, device: CPU).to(Classifier.Device));
        // Bytes are judged once more: by the targets that the attack had.
        var goal = _run.ResolveTargets(Classifier.Network, origins, open, random);
        var found = _run.Perturb(Classifier.Network, origins, goal, random);
        return block.Column.IsBytes
            ? ByteQuantization.Apply(found, Attack, Classifier.Network, origins, goal)
            : (found.Inputs, found.Success, found.Distances, found.Predictions);
    }

    internal void Write(BinaryWriter writer)
    {
        writer.Write(Features.Name);
        writer.Write(LabelColumnName);
        Target.Write(writer);
        writer.Write(Seed);
        writer.Write(Restarts);
        if (FileLimits.TooManyPasses(Attack.Steps, Attack.EotSamples, Restarts) is { } problem)
            throw new NotSupportedException($"A PgdAugment step cannot be written to a model file: {problem}.");
        AttackFormat.Write(writer, Attack);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <returns>What makes the parameters of the classifier that follows; they own it.</returns>
    internal static Func<NeuralClassifierTransformer, PgdAugmentParameters> Read(CheckedReader reader)
    {
        var (features, label, target) = (reader.ReadString(), reader.ReadString(), PgdAugmentTarget.Read(reader));
        var (seed, restarts, attack) = (reader.ReadUInt64(),
            reader.ReadInt32("the number of restarts", 1, FileLimits.Samples), AttackFormat.Read(reader));
        return FileLimits.TooManyPasses(attack.Steps, attack.EotSamples, restarts) is { } problem
            ? throw new InvalidDataException(problem)
            : classifier => new PgdAugmentParameters(
                classifier, attack, restarts, classifier.Features with { Name = features }, label, target, seed, true).Checked();
    }

    /// <summary>These parameters, as the step itself could have made them.</summary>
    /// <exception cref="ArgumentException">They do not go with the classifier.</exception>
    private PgdAugmentParameters Checked()
    {
        Attack.ThreatModel.CheckRows(Classifier.Features.Shape.Length, "a row of the classifier", nameof(Attack));
        return Target.Rank < Classifier.Classes && (Target.Rank == 1 || Target.Kind == TargetKind.KthLikely)
            ? this
            : throw new ArgumentException(
                $"the target has rank {Target.Rank} of the other {Classifier.Classes - 1} classes", nameof(Target));
    }

    public void Dispose()
    {
        if (OwnsClassifier)
            Classifier.Dispose();
    }
}

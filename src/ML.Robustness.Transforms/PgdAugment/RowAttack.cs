using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms;

/// <summary>What both forms of the step do to rows: the classifier, the attack on it, and the columns read.</summary>
/// <param name="Classifier">The classifier.</param>
/// <param name="Attack">The attack; its threat model in the range of the features.</param>
/// <param name="Restarts">How often it is run in all.</param>
/// <param name="Features">The column of features, of the type that the classifier takes.</param>
/// <param name="LabelColumnName">The column of labels.</param>
/// <param name="Target">What the attack wants of each row.</param>
/// <param name="Seed">Goes with each row's id into its random numbers.</param>
/// <param name="OwnsClassifier">Whether the classifier came out of the step's own file.</param>
internal sealed record RowAttack(
    RobustClassifierTransformer Classifier, ProjectedGradientDescent Attack, int Restarts, FeatureColumn Features,
    string LabelColumnName, RowTarget Target, ulong Seed, bool OwnsClassifier) : IDisposable
{
    /// <summary>The version of both steps' files: since the second they have a rule for the targets.</summary>
    internal const uint Version = 0x00010002;

    private const string WhereMissing =
        " The attack needs each row's label: to score rows without, append this step with TransformerScope.TrainTest and take GetModelFor(TransformerScope.Scoring).";

    private readonly Attack _run = Restarts == 1 ? Attack : Attack.WithRestarts(Restarts);

    internal static RowAttack Of(PgdAugmentOptions options, string featureColumnName)
    {
        if (options.Classifier is not { } model)
            throw new ArgumentException("Options.Classifier is not set: PgdAugment attacks a fitted classifier. Train one with AdversarialTraining.", nameof(options));
        var classifier = Flatten(model).OfType<RobustClassifierTransformer>().LastOrDefault() ?? throw new ArgumentException(
            $"PgdAugment needs a classifier that gradients can be had of: expected a {nameof(RobustClassifierTransformer)}, alone or in a chain, got {model.GetType().Name}. Train one with AdversarialTraining.", nameof(options));
        var attack = options.Attack ?? new ProjectedGradientDescent(ThreatModel.LInf(8 / 255.0));
        var (range, length) = (attack.ThreatModel.Range, classifier.Features.Shape.Length);
        if (classifier.Features.IsBytes && (range.Minimum < 0 || range.Maximum > 1))
        {
            throw new ArgumentException(
                $"The classifier reads bytes, which stand for their 255th part, but the attack works in {range}. Give it a threat model in [0, 1], for example ThreatModel.LInf(8 / 255.0).", nameof(options));
        }

        if (attack.ThreatModel.Budgets is { } budgets && budgets.Count != length)
            throw new ArgumentException($"The attack has budgets for {budgets.Count} features, but the classifier's rows have {length}. Give ThreatModel.WithBudgets or WithMask one value for each.", nameof(options));
        return new RowAttack(
            classifier, attack, options.Restarts, classifier.Features with { Name = featureColumnName }, options.LabelColumnName,
            RowTarget.Of(options, classifier.Classes), 0, false);
    }

    /// <summary>Throws what <c>Fit</c> and <c>GetOutputSchema</c> have to say against the columns.</summary>
    internal void Check(SchemaShape inputSchema)
    {
        Classifier.ThrowIfDisposed();
        FeatureColumn.Check(inputSchema, Features.Name);
        var found = ColumnShapes.Find(inputSchema, Features.Name)!.Value;
        if (!found.ItemType.Equals(Features.Type.ItemType))
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema),
                $"Schema mismatch for feature column '{Features.Name}': expected Vector<{Features.Type.ItemType}> as the classifier was trained on, got {ColumnShapes.Describe(found)}. Give the step rows made as those the classifier was trained on.");
        }

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
        return [features, .. names.Select(name => FindClasses(inputSchema, name))];
    }

    /// <summary>A reader of class numbers from the row that the cursor stands on.</summary>
    internal Func<int> ReaderOf(DataViewRow row, string columnName) => LabelColumn.Resolve(row.Schema, columnName).Reader(row, Classifier.Classes);

    /// <summary>Attacks a block of rows.</summary>
    /// <returns>The examples as the network takes them, and the verdicts, as <see cref="AttackResult"/> has them; they belong to the current dispose scope.</returns>
    internal (Tensor Inputs, Tensor Success, Tensor Distances, Tensor Predictions) Run(FeatureBlock block, long[] labels, long[]? targets, long[] rowNumbers)
    {
        Classifier.ThrowIfDisposed();
        var origins = block.ToInputs().to(Classifier.Device);
        var random = new RowRandom(Seed, rowNumbers);
        var open = Target.Goal(tensor(labels).to(Classifier.Device), targets is null ? null : tensor(targets).to(Classifier.Device));
        // Bytes are judged once more: by the targets that the attack had.
        var goal = _run.Settle(Classifier.Network, origins, open, random);
        var found = _run.Perturb(Classifier.Network, origins, goal, random);
        return block.Column.IsBytes
            ? ByteRounding.Apply(found, Attack, Classifier.Network, origins, goal)
            : (found.Inputs, found.Success, found.Distances, found.Predictions);
    }

    /// <summary>The number of a row, by its id: the same in any order, and after rows were filtered out.</summary>
    internal static long NumberOf(DataViewRowId id) => unchecked((long)(id.High == 0 ? id.Low : ShuffleSequence.Derive(id.Low, id.High)));

    internal void Write(BinaryWriter writer)
    {
        writer.Write(Features.Name);
        writer.Write(LabelColumnName);
        Target.Write(writer);
        writer.Write(Seed);
        writer.Write(Restarts);
        AttackSettings.Write(writer, Attack);
    }

    /// <summary>Reads a step's own settings, the attack and the classifier.</summary>
    internal static RowAttack Load(Microsoft.ML.Runtime.IHostEnvironment env, ModelLoadContext ctx, ModelSection section, Action<BinaryReader> settings)
    {
        Func<RobustClassifierTransformer, RowAttack> make = null!;
        var classifier = RobustClassifierTransformer.Load(env, ctx, section, reader =>
        {
            settings(reader);
            var (features, label, target) = (reader.ReadString(), reader.ReadString(), RowTarget.Read(reader, ModelSection.VersionOf(ctx) >= Version));
            var (seed, restarts, attack) = (reader.ReadUInt64(), reader.ReadInt32(), AttackSettings.Read(reader));
            make = classifier => new RowAttack(
                classifier, attack, restarts, classifier.Features with { Name = features }, label, target, seed, true);
        });
        return make(classifier);
    }

    public void Dispose()
    {
        if (OwnsClassifier)
            Classifier.Dispose();
    }

    private DataViewSchema.Column FindClasses(DataViewSchema inputSchema, string name)
    {
        var column = inputSchema[name];
        if (column.Type is KeyDataViewType { Count: > 0 and <= int.MaxValue } key && !KeyValues.Agree(KeyValues.Of(column, (int)key.Count), Classifier.KeyValues))
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema), string.Create(CultureInfo.InvariantCulture,
                $"The keys of column '{name}' of type {column.Type} stand for other values than the classifier's {Classifier.Classes} classes, or in another order. Make them with the fitted MapValueToKey that the classifier was trained after."));
        }

        return column;
    }

    private static IEnumerable<ITransformer> Flatten(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Flatten) : [model];
}

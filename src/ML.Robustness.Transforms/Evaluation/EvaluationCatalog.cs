using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Evaluation;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.Internals;

namespace Microsoft.ML;

/// <summary>Adds to <c>MLContext.MulticlassClassification</c>.</summary>
public static class EvaluationCatalog
{
    /// <summary>Measures how many rows a classifier gets right as they are, and under attack.</summary>
    /// <remarks>
    /// The attack sees the features as they reach the classifier: after the steps before it in the chain. A row's result does not
    /// depend on the others.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="model">
    /// A classifier trained by <c>AdversarialTraining</c>, alone or in a chain, fitted or loaded; any other with the column
    /// <c>Score</c> for attacks that need no gradients.
    /// </param>
    /// <param name="data">Rows as the model takes them, with labels.</param>
    /// <param name="attack">The attack, its threat model in the range of the features.</param>
    /// <param name="labelColumnName">
    /// The column of labels as it reaches the classifier: a key, or class numbers 0, 1, 2 … as <see cref="float"/>.
    /// </param>
    /// <param name="progress">The receiver of the share of rows done, 0 to 1, called on the calling thread.</param>
    /// <param name="cancellation">Ends the evaluation early, between two passes through the network.</param>
    /// <returns>The metrics.</returns>
    /// <exception cref="ArgumentException">The model is no classifier, or a row lies outside the attack's range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of another type than the classifier was trained on.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows, a row has no label or features that are not finite, or the attack needs gradients that the model has
    /// not.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static RobustnessMetrics EvaluateRobustness(
        this MulticlassClassificationCatalog catalog, ITransformer model, IDataView data, Attack attack,
        string labelColumnName = "Label",
        IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(attack);
        return catalog.EvaluateRobustness(model, data, new RobustnessOptions
        {
            ThreatModel = attack.ThreatModel,
            Suite = _ => new AttackSuite(attack),
            LabelColumnName = labelColumnName,
            CheckForGradientMasking = false,
            Progress = progress is null ? null : new ShareProgress(progress),
            CancellationToken = cancellation,
        });
    }

    /// <summary>
    /// Measures how a classifier withstands a suite of attacks: the worst case over them, and warnings about it.
    /// </summary>
    /// <remarks>
    /// Any model with a column <c>Score</c> can be evaluated: with gradients where it is a classifier trained by
    /// <c>AdversarialTraining</c>, otherwise by its scores alone.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="model">The classifier, alone or in a chain, fitted or loaded.</param>
    /// <param name="data">Rows as the model takes them, with labels.</param>
    /// <param name="options">The settings.</param>
    /// <returns>The metrics.</returns>
    /// <exception cref="ArgumentException">
    /// The model is no classifier, a row lies outside the threat model's range, or the suite is of another threat model.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of another type than is needed, or a setting lies outside its bounds.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows, a row has no label or features that are not finite, an attack needs gradients that the model has not,
    /// or the saved state is of another evaluation.
    /// </exception>
    /// <exception cref="InvalidDataException">The file is not a saved state, or is damaged.</exception>
    /// <exception cref="IOException">The state cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static RobustnessMetrics EvaluateRobustness(
        this MulticlassClassificationCatalog catalog, ITransformer model, IDataView data, RobustnessOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.LabelColumnName);
        using var attacked = EvaluatedModel.Of(
            model, data, options.LabelColumnName, options.FeatureColumnName, options.CancellationToken);
        attacked.CheckRange(options.ThreatModel);
        var suite = options.Suite ?? (attacked.HasGradients ? threat => AttackSuite.AutoAttack(threat) : WithoutGradients);
        var evaluator = new RobustnessEvaluator(options.ThreatModel, attacked.Judged(suite))
        {
            Epsilons = options.Epsilons,
            CurveSuite = options.CurveSuite is { } curve ? attacked.Judged(curve) : null,
            CheckForGradientMasking = options.CheckForGradientMasking,
            SuiteOptions = new AttackSuiteOptions
            {
                BatchSize = options.BatchSize,
                Seed = options.Seed ?? SeedOf(catalog),
                AttackAllRows = options.AttackAllRows,
                KeepInputs = options.KeepInputs,
                StatePath = options.StatePath,
                Progress = options.Progress,
                Device = attacked.Device,
            },
        };
        var report = evaluator.Evaluate(attacked.Network, attacked.Data, options.CancellationToken);
        var rows = new RowResultRows(
            attacked.Labels, attacked.Values, attacked.Features, options.KeepInputs ? RowResultRows.Originals(attacked.Data) : null);
        return new RobustnessMetrics(report, evaluator.Suite.ToString(), attacked.ClassNames, rows);
    }

    /// <summary>Attacks each classifier and tries all of them on what was found.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="models">
    /// Classifiers by name. Those with gradients to the column are attacked and tried; others, such as models of ML.NET's own
    /// trainers or chains that normalise first, are only tried.
    /// </param>
    /// <param name="data">Rows as all the models take them, with labels.</param>
    /// <param name="attack">The attack, its threat model in the range of the features.</param>
    /// <param name="labelColumnName">The column of labels.</param>
    /// <param name="featureColumnName">The column of these rows that is attacked.</param>
    /// <param name="cancellation">Ends the evaluation early.</param>
    /// <returns>The accuracy of every model on what was crafted on each.</returns>
    /// <exception cref="ArgumentException">
    /// A model is no classifier, none has gradients, they differ in their classes, or a row lies outside the attack's range.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type than is needed.</exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows, or a row has no label or features that are not finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static TransferMatrix EvaluateTransfer(
        this MulticlassClassificationCatalog catalog, IReadOnlyDictionary<string, ITransformer> models, IDataView data,
        Attack attack,
        string labelColumnName = "Label", string featureColumnName = "Features", CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(attack);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(featureColumnName);
        var attacked = new List<(string Name, EvaluatedModel Model)>();
        try
        {
            foreach (var (name, model) in models)
                attacked.Add((name, EvaluatedModel.Of(model, data, labelColumnName, featureColumnName, cancellation)));
            var networks = attacked.Select(
                entry => (entry.Name, entry.Model.Beside(attacked[0].Model, entry.Name, attacked[0].Name))).ToArray();
            var sources = networks.Where((_, place) => attacked[place].Model.HasGradients).ToArray();
            if (sources.Length == 0)
                throw new ArgumentException(
                    $"None of the {models.Count} models has gradients to column '{featureColumnName}': give one that was trained "
                    + $"by AdversarialTraining on this column, with no step before it that changes it.", nameof(models));
            return TransferMatrix.Measure(
                sources, networks, attacked[0].Model.Data, attack,
                SeedOf(catalog), cancellation);
        }
        finally
        {
            attacked.ForEach(entry => entry.Model.Dispose());
        }
    }

    private static AttackSuite WithoutGradients(ThreatModel threatModel) =>
        new(new UniformNoiseAttack(threatModel), new SquareAttack(threatModel));

    private static ulong SeedOf(MulticlassClassificationCatalog catalog) =>
        (uint)(Environments.SeedOf(Environments.Of(catalog)) ?? 0);
}

using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.EvaluatedModels;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.RawFeatures;

namespace ML.Robustness.Transforms.Evaluation;

/// <summary>The measures of <c>ml.MulticlassClassification</c> and <c>ml.BinaryClassification</c>, which are the same.</summary>
internal static class RobustnessEvaluation
{
    /// <summary>Measures how many rows a classifier gets right as they are, and under one attack.</summary>
    internal static RobustnessMetrics Run(
        TrainCatalogBase catalog, ITransformer model, IDataView data, Attack attack, string labelColumnName,
        IProgress<double>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(attack);
        return Run(catalog, model, data, new RobustnessOptions
        {
            ThreatModel = attack.ThreatModel,
            Suite = _ => new AttackSuite(attack),
            LabelColumnName = labelColumnName,
            CheckForGradientMasking = false,
            Progress = progress is null ? null : new ShareProgress(progress),
            CancellationToken = cancellation,
        });
    }

    /// <summary>Measures how a classifier withstands a suite of attacks.</summary>
    internal static RobustnessMetrics Run(TrainCatalogBase catalog, ITransformer model, IDataView data, RobustnessOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.LabelColumnName);
        if (options.FeatureColumnNames.Count == 0 && options.Units.Count + options.Ranges.Count > 0)
            throw new ArgumentException(
                "Options.Units and Options.Ranges are by the names of raw columns: name those to attack in "
                + "Options.FeatureColumnNames.", nameof(options));
        using var attacked = EvaluatedModel.Of(
            catalog, model, data, options.LabelColumnName, options.FeatureColumnNames, options.CancellationToken,
            options.FirstRow);
        var threatModel = ThreatModelOf(options, attacked.Raw);
        attacked.CheckRange(threatModel);
        var evaluator = new RobustnessEvaluator(threatModel, attacked.Judged(options.Suite ?? SuiteFor(attacked)))
        {
            Epsilons = options.Epsilons,
            CurveSuite = options.CurveSuite is { } curve ? attacked.Judged(curve) : null,
            CheckForGradientMasking = options.CheckForGradientMasking,
            SuiteOptions = new AttackSuiteOptions
            {
                BatchSize = options.BatchSize,
                Seed = options.Seed ?? Environments.SeedFor(catalog),
                AttackAllRows = options.AttackAllRows,
                KeepInputs = options.KeepInputs,
                StatePath = options.StatePath,
                Progress = options.Progress,
                Device = attacked.Device,
                Judge = attacked.Judge,
            },
        };
        var report = Evaluate(evaluator, attacked, options.CancellationToken);
        var rows = new RowResultRows(
            attacked.Labels, attacked.Values, attacked.Features,
            options.KeepInputs ? RowResultRows.Originals(attacked.Data) : null);
        string[] lines =
        [
            report.EvaluatedPart.Run,
            $"the label column is '{attacked.Labels.Name}' of {attacked.Labels.Type}",
            $"the column attacked is '{attacked.Features.Name}' of {attacked.Features.Type}",
            $"the classes are {string.Join(", ", attacked.ClassNames.Select(name => $"'{name}'"))}",
        ];
        return new RobustnessMetrics(
            report, evaluator.Suite.ToString(), attacked.ClassNames, rows,
            report.EvaluatedPart with { Run = string.Join('\n', lines) })
        {
            NoGradients = attacked.NoGradients,
        };
    }

    /// <summary>Attacks each classifier and tries all of them on what was found.</summary>
    internal static TransferMatrix Transfer(
        TrainCatalogBase catalog, IReadOnlyDictionary<string, ITransformer> models, IDataView data, TransferOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        var attack = options.Attack ?? throw new ArgumentException(
            "Options.Attack is not set: give one, for example new ProjectedGradientDescent(ThreatModel.LInf(8 / 255.0)).",
            nameof(options));
        var attacked = new List<(string Name, EvaluatedModel Model)>();
        try
        {
            foreach (var (name, model) in models)
                attacked.Add((name, EvaluatedModel.OfOneColumn(
                    catalog, model, data, options.LabelColumnName, options.FeatureColumnName, options.CancellationToken,
                    options.FirstRow)));
            var networks = attacked.Select(
                entry => (entry.Name, entry.Model.Beside(attacked[0].Model, entry.Name, attacked[0].Name))).ToArray();
            var sources = networks.Where((_, place) => attacked[place].Model.HasGradients).ToArray();
            if (sources.Length == 0)
                throw new ArgumentException(
                    $"None of the {models.Count} models has gradients to column '{options.FeatureColumnName}': "
                    + $"{attacked[0].Model.NoGradients}. Give one that was trained by AdversarialTraining, or a pipeline "
                    + $"whose steps "
                    + "have gradients.", nameof(models));
            return TransferMatrix.Measure(
                sources, networks, attacked[0].Model.Data, attack,
                options.Seed ?? Environments.SeedFor(catalog), options.CancellationToken);
        }
        finally
        {
            attacked.ForEach(entry => entry.Model.Dispose());
        }
    }

    private static RobustnessReport Evaluate(
        RobustnessEvaluator evaluator, EvaluatedModel model, CancellationToken cancellation)
    {
        try
        {
            return evaluator.Evaluate(model.Network, model.Data, cancellation);
        }
        catch (InvalidOperationException error) when (model.NoGradients is not null && ModelCall.IsNoGradient(error))
        {
            throw new InvalidOperationException(
                $"The suite '{evaluator.Suite}' needs gradients, and the model has none to the columns "
                    + $"attacked: {model.NoGradients}. Give a "
                + "suite of black-box attacks, such as SquareAttack.", error);
        }
    }

    /// <summary>The threat model of the rows of features: of raw columns, in their units and ranges.</summary>
    private static ThreatModel ThreatModelOf(RobustnessOptions options, RawColumns? raw)
    {
        if (options.FeatureColumnNames.Count == 0 || raw is null || raw.Features.IsBytes)
            return options.ThreatModel;
        var others = raw.Length - raw.AttackedLength;
        var (names, threat) = (raw.Names, options.ThreatModel);
        if (options.Units.Count > 0 && threat.Budgets is not null)
            throw new ArgumentException(
                "Options.ThreatModel has budgets of its own: give Options.Units, or the budgets, not both.", nameof(options));
        threat.CheckRows(raw.AttackedLength, "a row of the columns named", nameof(options));
        IEnumerable<double> units = threat.Budgets ?? names.ValuesOf(options.Units, 1, nameof(options.Units));
        var ranges = names.ValuesOf(options.Ranges, ValueRange.Unbounded, nameof(options.Ranges));
        return threat.WithBudgets([.. units, .. new double[others]])
            .WithRanges([.. ranges, .. Enumerable.Repeat(ValueRange.Unbounded, others)]);
    }

    /// <summary>The suite of a model for which none is given.</summary>
    private static Func<ThreatModel, AttackSuite> SuiteFor(EvaluatedModel model) =>
        model.IsAffine ? static threat => new AttackSuite(new LinearMaximizationAttack(threat))
            : model.HasGradients ? static threat => AttackSuite.AutoAttack(threat)
            : static threat => new AttackSuite(new UniformNoiseAttack(threat), new SquareAttack(threat));
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.Tests.SmoothGradExplain;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>What is compared of one network that came in several ways.</summary>
internal static class ForeignNetworks
{
    internal const string Registered = "foreign-linear";

    internal static readonly IReadOnlyList<(string Name, Func<ThreatModel, AttackSuite> Suite)> Suites =
    [
        ("PGD-20", threat => new AttackSuite(new ProjectedGradientDescent(threat) { Steps = 20 })),
        ("AutoAttack", threat => AttackSuite.AutoAttack(threat)),
    ];

    internal static void Register() =>
        ModelArchitecture.Register(Registered, (shape, classes) => Sequential(Flatten(), Linear(shape.Length, classes)));

    /// <summary>Rows that the networks score, attack and explain.</summary>
    internal static IDataView Data(MLContext ml) => TwoDimensionalClasses.Keyed(ml, rows: 45, seed: 4);

    internal static RobustnessMetrics Evaluate(MLContext ml, ITransformer model, Func<ThreatModel, AttackSuite> suite) =>
        ml.MulticlassClassification.EvaluateRobustness(model, Data(ml), new RobustnessOptions
        {
            ThreatModel = ThreatModel.LInf(0.22),
            Suite = suite,
            Seed = 3,
        });

    internal static float[] Scores(MLContext ml, ITransformer model) =>
        [.. model.Transform(Data(ml)).GetColumn<float[]>("Score").SelectMany(row => row)];

    internal static float[] Attributions(MLContext ml, ITransformer model) =>
        [.. Explained.Estimator(ml, model).Fit(Data(ml)).Transform(Data(ml)).GetColumn<float[]>("Explanation")
            .SelectMany(row => row)];

    /// <summary>Scores, verdicts of each attack and attributions as text, bit for bit.</summary>
    internal static IEnumerable<string> Describe(MLContext ml, ITransformer model) =>
    [
        FreshProcess.Bits(Scores(ml, model)),
        .. Suites.Select(suite => Evaluate(ml, model, suite.Suite)).Select(metrics => string.Join(' ',
            metrics.Report.RowResults.Select(row => $"{row.CleanPrediction}{(row.IsRobust ? '+' : '-')}{row.Attack}"))),
        FreshProcess.Bits(Attributions(ml, model)),
    ];
}

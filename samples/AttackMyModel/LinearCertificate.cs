using System.Globalization;
using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace AttackMyModel;

/// <summary>The exact radii of a linear model behind its normaliser: from its weights, without any attack.</summary>
internal static class LinearCertificate
{
    /// <summary>Gives each row its radius.</summary>
    public static void Add(
        MLContext ml, TabularProblem problem, IDataView test, DeployedModel model, IReadOnlyList<AttackedRow> rows)
    {
        using var classifier = ml.MulticlassClassification.FromPipeline(model.Chain, test, problem.Columns);
        using var scope = NewDisposeScope();
        var points = stack([.. rows.Select(row => tensor(row.Features))]);

        // The network of the whole chain is affine: its gradient is the same everywhere.
        var point = points.narrow(0, 0, 1).clone().requires_grad_();
        var scores = classifier.Network.call(point).squeeze(0);
        var weights = stack([.. scores.unbind().Select(score => autograd.grad(
            [score], [point], retain_graph: true)[0].squeeze(0))]);
        var bias = scores.detach() - weights.mv(point.detach().squeeze(0));
        var threat = ThreatModel.LInf(1, ValueRange.Unbounded).WithBudgets(problem.Units)
            .WithRanges([.. problem.Columns.Select(_ => problem.Range)]);
        var radii = LinearRadius.Compute(weights, bias, points, threat, tensor(rows.Select(row => (long)row.Label).ToArray()))
            .data<double>().ToArray();
        foreach (var (row, radius) in rows.Zip(radii))
            (row.CertifiedRadius, row.ExactRadius) = (radius, radius);
    }

    /// <summary>Compares the radii with what <c>EvaluateRobustness</c> reports as exact.</summary>
    /// <exception cref="InvalidOperationException">They differ.</exception>
    public static void Check(IReadOnlyList<AttackedRow> rows, double epsilon, double? reported)
    {
        var found = rows.Count(row => row.IsExactlyRobust(epsilon)) / (double)rows.Count;
        if (reported is not { } exact || Math.Abs(found - exact) > 1e-9)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"The radii of the linear model give a robust accuracy of {found} at {epsilon}, but EvaluateRobustness {reported}."));
    }
}

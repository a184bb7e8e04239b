using System.Globalization;
using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace AttackMyModel;

/// <summary>
/// The exact radii of a linear model behind its normaliser, and the nearest adversarial rows: from its weights.
/// </summary>
internal static class LinearCertificate
{
    // How far beyond the boundary the nearest rows lie, so that rounding cannot bring them back.
    private const double Beyond = 1e-5;

    /// <summary>Gives each row its radius and its nearest adversarial row.</summary>
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
        {
            (row.CertifiedRadius, row.ExactRadius) = (radius, radius);
            if (row.IsCorrect && double.IsFinite(radius))
                AddNearest(row, radius * (1 + Beyond) + Beyond, weights, classifier.Network, problem);
        }
    }

    /// <summary>Moves all columns against the label, towards the class that is reached first.</summary>
    private static void AddNearest(
        AttackedRow row, double distance, Tensor weights, nn.Module<Tensor, Tensor> network, TabularProblem problem)
    {
        using var scope = NewDisposeScope();
        var units = tensor(Array.ConvertAll(problem.Units, unit => (float)(unit * distance)));
        var moved = tensor(row.Features).add(weights.sub(weights[row.Label]).sign().mul(units))
            .clamp(problem.Range.Minimum, problem.Range.Maximum);
        var scores = network.call(moved);
        var margins = scores.diagonal().sub(scores.select(1, row.Label));
        margins[row.Label] = float.NegativeInfinity;
        var rival = margins.argmax().item<long>();
        if (scores[rival].argmax().item<long>() == row.Label)
            return;
        var features = moved[rival].data<float>().ToArray();
        var size = features.Select(
            (value, column) => Math.Abs((double)value - row.Features[column]) / problem.Units[column]).Max();
        row.Found.Add(new AdversarialRow("closed form", false, size, features));
    }

    /// <summary>Compares the radii with what <c>EvaluateRobustness</c> reports as exact.</summary>
    /// <exception cref="InvalidOperationException">They differ.</exception>
    public static void Check(IReadOnlyList<AttackedRow> rows, double epsilon, double? reported)
    {
        var found = rows.Count(row => row.IsExactlyRobust(epsilon)) / (double)rows.Count;
        if (reported is not { } exact || Math.Abs(found - exact) > 1e-9)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"The radii of the linear model give a robust accuracy of {found} at {epsilon}, but EvaluateRobustness gives "
                + $"{reported}."));
    }
}

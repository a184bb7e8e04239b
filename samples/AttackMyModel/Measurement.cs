using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Data;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Trees.Certification;
using Samples.Shared;

namespace AttackMyModel;

/// <summary>Attacks models of the same rows under the same threat model, and certifies those that it can.</summary>
internal sealed class Measurement(
    MLContext ml, TabularProblem problem, IDataView test, ExperimentSettings settings, CancellationToken cancellation)
{
    private readonly float[][] _features = TabularRows.Features(test, problem);

    /// <summary>Attacks a model.</summary>
    /// <exception cref="InvalidOperationException">An attack broke a row that is certified.</exception>
    public ModelResult Of(DeployedModel model, ProgressBars bars)
    {
        // HopSkipJump asks for labels alone and looks for the nearest adversarial row, whatever the radius.
        var labelsOnly = Evaluate(model, bars, 1, threat => new AttackSuite(
            new HopSkipJumpAttack(threat) { Queries = settings.HopSkipJumpQueries }));
        AttackedRow[] rows = [.. labelsOnly.Report.RowResults.Select(
            (row, place) => new AttackedRow(row.Label, row.IsCorrect, _features[place]))];
        Add(rows, labelsOnly, isBlackBox: true);
        foreach (var epsilon in problem.Epsilons)
        {
            Add(rows, Evaluate(model, bars, epsilon, threat => new AttackSuite(
                new SquareAttack(threat) { Queries = settings.SquareQueries })), isBlackBox: true);
        }

        switch (model.Kind)
        {
            case ModelKind.Network:
                foreach (var epsilon in problem.Epsilons)
                    Add(rows, WithGradients(model, bars, epsilon, GradientAttacks), isBlackBox: false);
                break;
            case ModelKind.Linear:
                LinearCertificate.Add(ml, problem, test, model, rows);
                foreach (var epsilon in problem.Epsilons)
                {
                    var worst = WithGradients(model, bars, epsilon, suite: null);
                    Add(rows, worst, isBlackBox: false);
                    LinearCertificate.Check(rows, epsilon, worst.Report.ExactRobustAccuracy);
                }
                break;
            case ModelKind.Trees:
                AddTrees(rows, model, bars);
                break;
        }

        return new ModelResult(model.Name, rows, problem.Epsilons);
    }

    private AttackSuite GradientAttacks(ThreatModel threat) => new(
        new AutoProjectedGradientDescent(threat) { Steps = settings.Steps },
        new AutoProjectedGradientDescent(threat) { Steps = settings.Steps, Targets = problem.Classes - 1 },
        new FastAdaptiveBoundary(threat) { Steps = settings.Steps, Targets = problem.Classes - 1 });

    private RobustnessMetrics WithGradients(
        DeployedModel model, ProgressBars bars, double epsilon, Func<ThreatModel, AttackSuite>? suite)
    {
        var found = Evaluate(model, bars, epsilon, suite);
        return found.NoGradients is not { } reason ? found : throw new InvalidOperationException(
            $"{model.Name} was to be attacked with gradients, but it has none: {reason}.");
    }

    private RobustnessMetrics Evaluate(
        DeployedModel model, ProgressBars bars, double epsilon, Func<ThreatModel, AttackSuite>? suite) =>
        ml.MulticlassClassification.EvaluateRobustness(model.Chain, test, new RobustnessOptions
        {
            ThreatModel = ThreatModel.LInf(epsilon, ValueRange.Unbounded),
            FeatureColumnNames = problem.Columns,
            Units = problem.UnitsByColumn,
            Ranges = problem.RangesByColumn,
            LabelColumnName = model.LabelColumnName,
            Suite = suite,
            KeepInputs = true,
            CheckForGradientMasking = false,
            Progress = bars.Suite($"{problem.Name}, {model.Name}, ε {epsilon}"),
            CancellationToken = cancellation,
        });

    private static void Add(AttackedRow[] rows, RobustnessMetrics metrics, bool isBlackBox)
    {
        var attacks = metrics.Report.Attacks;
        foreach (var (place, result) in metrics.Report.RowResults.Index())
        {
            if (result is { IsCorrect: true, Attack: { } attack })
                rows[place].Found.Add(new AdversarialRow(
                    attacks[attack].Name, isBlackBox, result.Distance, metrics.Report.InputOf(place)!.Value.ToArray()));
        }
    }

    private void AddTrees(AttackedRow[] rows, DeployedModel model, ProgressBars bars)
    {
        var metrics = ml.MulticlassClassification.CertifyTrees(model.Chain, test, new TreeCertificationOptions
        {
            Units = problem.UnitsByColumn,
            Ranges = problem.RangesByColumn,
            LabelColumnName = model.LabelColumnName,
            ComputeExact = true,
            Progress = bars.Evaluation($"{problem.Name}, {model.Name}, trees"),
            CancellationToken = cancellation,
        });
        int[] order = [.. problem.Columns.Select(name => metrics.FeatureNames.ToList().IndexOf(name))];
        foreach (var (row, found) in rows.Zip(metrics.Report.Rows))
        {
            if (row.IsCorrect != found.IsCorrect)
                throw new InvalidOperationException(
                    $"{model.Name}, row {found.Row}: the attacks and the certificate do not agree on its prediction.");
            (row.CertifiedRadius, row.ExactRadius) = (found.CertifiedRadius, found.ExactRadius);
            if (row.IsCorrect && found.AdversarialRow is { } adversarial)
                row.Found.Add(new AdversarialRow(
                    "trees", false, found.AttackedDistance, Array.ConvertAll(order, place => adversarial[place])));
        }
    }
}

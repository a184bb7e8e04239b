using Microsoft.ML;
using static TorchSharp.torch;

namespace AttackMyModel;

/// <summary>Puts columns of adversarial rows back, as long as the model stays wrong: those that are left broke the row.</summary>
internal static class NeededColumns
{
    /// <summary>For each row that was broken within a radius, the adversarial row with the fewest columns changed.</summary>
    /// <returns>The rows and what is left of their changes.</returns>
    public static IReadOnlyList<(AttackedRow Row, float[] Left)> Find(
        MLContext ml, TabularProblem problem, IDataView test, DeployedModel model, ModelResult result)
    {
        using var classifier = ml.MulticlassClassification.FromPipeline(model.Chain, test, problem.Columns);
        var epsilon = result.Epsilons[^1];
        (AttackedRow Row, float[] Left)[] candidates = [.. result.Rows.Where(row => row.IsCorrect).SelectMany(
            row => row.Found.Where(found => AttackedRow.IsWithin(found, epsilon)).Select(
                found => (row, (float[])found.Features.Clone())))];
        while (PutBack(classifier.Network, candidates))
        {
        }

        return [.. candidates.GroupBy(candidate => candidate.Row).Select(group => group
            .OrderBy(candidate => Changed(candidate).Count()).ThenBy(candidate => Size(candidate, problem.Units)).First())];
    }

    /// <summary>Puts back one column of each row: the one that matters least to the model's being wrong.</summary>
    /// <returns>Whether there was any.</returns>
    private static bool PutBack(nn.Module<Tensor, Tensor> network, (AttackedRow Row, float[] Left)[] candidates)
    {
        (int Candidate, int Column)[] trials = [.. candidates.SelectMany(
            (candidate, place) => Changed(candidate).Select(column => (place, column)))];
        if (trials.Length == 0)
            return false;
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var tried = stack([.. trials.Select(trial => tensor(WithOneBack(candidates[trial.Candidate], trial.Column)))]);
        var labels = tensor(trials.Select(trial => (long)candidates[trial.Candidate].Row.Label).ToArray());
        var scores = network.call(tried);
        var isWrong = scores.argmax(1).ne(labels).data<bool>().ToArray();
        var own = scores.gather(1, labels.unsqueeze(1));
        var margins = scores.scatter(1, labels.unsqueeze(1), own.new_full(own.shape, float.NegativeInfinity)).amax([1])
            .sub(own.squeeze(1)).data<float>().ToArray();
        var steps = trials
            .Select((trial, place) => (trial.Candidate, trial.Column, Wrong: isWrong[place], Margin: margins[place]))
            .Where(trial => trial.Wrong).GroupBy(trial => trial.Candidate).Select(group => group.MaxBy(trial => trial.Margin))
            .ToArray();
        foreach (var (candidate, column, _, _) in steps)
            candidates[candidate].Left[column] = candidates[candidate].Row.Features[column];
        return steps.Length > 0;
    }

    private static float[] WithOneBack((AttackedRow Row, float[] Left) candidate, int column)
    {
        var features = (float[])candidate.Left.Clone();
        features[column] = candidate.Row.Features[column];
        return features;
    }

    private static IEnumerable<int> Changed((AttackedRow Row, float[] Left) candidate) =>
        Enumerable.Range(0, candidate.Left.Length).Where(column => candidate.Left[column] != candidate.Row.Features[column]);

    private static double Size((AttackedRow Row, float[] Left) candidate, double[] units) =>
        Changed(candidate).Sum(column => Math.Abs(candidate.Left[column] - candidate.Row.Features[column]) / units[column]);
}

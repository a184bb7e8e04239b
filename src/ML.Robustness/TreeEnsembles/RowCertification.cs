using ML.Robustness.Numerics;

namespace ML.Robustness.TreeEnsembles;

/// <summary>Finds the three distances of one row.</summary>
internal sealed class RowCertification(TreeClassifier classifier, TreeCertifier settings, CancellationToken cancellation)
{
    internal TreeRowResult Run(float[] row, int label, long number)
    {
        var prediction = classifier.Predict(row);
        if (prediction != label)
            return new TreeRowResult(number, label, prediction, 0, settings.ComputeExact ? 0 : null, 0, row);
        var geometry = settings.GeometryOf(row);
        var (point, cost) = Attack(geometry, label, number);
        var certified = classifier.OthersOf(label).Min(other => CliqueBound.Of(
            classifier.MarginOf(label, other), geometry, cost, settings.GroupSize, TreeCertifier.MostTuples));
        var isExact = settings.ComputeExact;
        if (isExact && certified < cost)
            (point, cost, isExact) = Search(geometry, label, point, cost);
        // Sums of L1 and L2 in another order differ in their last bits.
        if (isExact)
            certified = Math.Min(certified, cost);
        return new TreeRowResult(
            number, label, prediction, geometry.ToDistance(certified), isExact ? geometry.ToDistance(cost) : null,
            Distance(geometry, point, cost), point);
    }

    /// <summary>The nearest row of another class that the attack finds, and its distance; null and infinity for none.</summary>
    internal (float[]? Point, double Distance) Attack(float[] row, int label, long number)
    {
        var geometry = settings.GeometryOf(row);
        var (point, cost) = Attack(geometry, label, number);
        return (point, Distance(geometry, point, cost));
    }

    private static double Distance(RowGeometry geometry, float[]? point, double cost) =>
        point is null ? double.PositiveInfinity : Math.Max(geometry.Distance(point), geometry.ToDistance(cost));

    private (float[]? Point, double Cost) Attack(RowGeometry geometry, int label, long number)
    {
        LeafTuple? best = null;
        foreach (var other in classifier.OthersOf(label))
        {
            var seed = SplitMix64.Derive(SplitMix64.Derive(settings.Seed, (ulong)number), (ulong)other);
            var found = new LeafTupleAttack(
                    classifier, classifier.MarginOf(label, other), geometry, label, seed, cancellation)
                .Run(settings.AttackStarts, settings.AttackRestarts);
            if (found is not null && found.IsBelow(best))
                best = found;
        }
        return (best?.Point, best?.Cost ?? double.PositiveInfinity);
    }

    private (float[]? Point, double Cost, bool IsExact) Search(RowGeometry geometry, int label, float[]? point, double cost)
    {
        var (nodes, isExact) = ((long)settings.MaxSearchNodes, true);
        foreach (var other in classifier.OthersOf(label))
        {
            var search = new ExactSearch(
                classifier, classifier.MarginOf(label, other), geometry, label, cost, nodes, cancellation);
            search.Run();
            (point, cost, nodes) = (search.Point ?? point, search.Cost, search.NodesLeft);
            isExact &= search.IsExact;
        }
        return (point, cost, isExact);
    }
}

using ML.Robustness.Persistence;

namespace ML.Robustness.AttributionMetrics;

/// <summary>The collected measures of the rows.</summary>
/// <param name="method">The method, as text.</param>
/// <param name="layers">The layers of the sanity check.</param>
/// <param name="sanityRows">The greatest number of rows of that check, which are the first ones.</param>
/// <param name="firstRow">The number of the first row within the whole.</param>
/// <param name="run">What must be equal for measures to be merged, a line for each thing.</param>
internal sealed class AttributionQualityRows(
    string method, IReadOnlyList<string> layers, int sanityRows, long firstRow, string run)
{
    private readonly List<double>[] _measures = [[], [], [], [], [], []];
    private readonly List<double> _variation = [];
    private readonly List<double>[] _correlations = [.. layers.Select(_ => new List<double>())];

    public int Count => _measures[0].Count;

    public int Layers => layers.Count;

    /// <summary>The rows and the measurement that the measures are of.</summary>
    public ResultPart Part => new(firstRow, Count, run);

    /// <summary>The measures of the whole, of parts in the order of their rows.</summary>
    public static AttributionQualityRows Merge(IReadOnlyList<AttributionQualityRows> parts)
    {
        var whole = parts[0].Empty();
        foreach (var part in parts)
            whole.Append(part);
        return whole;
    }

    private AttributionQualityRows Empty() => new(method, layers, sanityRows, firstRow, run);

    private void Append(AttributionQualityRows part)
    {
        for (var measure = 0; measure < _measures.Length; measure++)
            _measures[measure].AddRange(part._measures[measure]);
        _variation.AddRange(part._variation);
        // The sanity check is of the first rows; a part that does not begin with them has checked its own.
        for (var layer = 0; layer < _correlations.Length; layer++)
            _correlations[layer].AddRange(part._correlations[layer].Take(sanityRows - _correlations[layer].Count));
    }

    public void Add(
        double[] infidelity, double[] normalized, double[] sensitivity, double[] deletion, double[] insertion,
        double[] alignment, double[]? variation,
        double[][] correlations)
    {
        double[][] found = [infidelity, normalized, sensitivity, deletion, insertion, alignment];
        string[] names = ["infidelity", "normalized infidelity", "sensitivity", "deletion area", "insertion area",
            "input-gradient alignment"];
        for (var i = 0; i < found.Length; i++)
        {
            if (Array.FindIndex(found[i], value => !double.IsFinite(value)) is >= 0 and var row)
                throw new InvalidOperationException(
                    $"The {names[i]} of row {firstRow + Count + row} is not finite: the network's outputs or gradients "
                        + $"overflow there.");
        }
        for (var i = 0; i < found.Length; i++)
            _measures[i].AddRange(found[i]);
        if (variation is not null)
            _variation.AddRange(variation);
        for (var layer = 0; layer < correlations.Length; layer++)
            _correlations[layer].AddRange(correlations[layer]);
    }

    public AttributionQualityReport ToReport() => new()
    {
        Method = method,
        Rows = Count,
        Measured = this,
        Infidelity = Mean(_measures[0]),
        NormalizedInfidelity = Mean(_measures[1]),
        SensitivityMax = Mean(_measures[2]),
        DeletionArea = Mean(_measures[3]),
        InsertionArea = Mean(_measures[4]),
        InputGradientAlignment = Mean(_measures[5]),
        TotalVariation = _variation.Count > 0 ? MeanWithError.Of(_variation) : null,
        SanityCheck = [.. layers.Select((layer, place) => (layer, place)).Where(entry => _correlations[entry.place].Count > 0)
            .Select(entry => new LayerCorrelation(entry.layer, MeanWithError.Of(_correlations[entry.place])))],
    };

    // An empty part has no mean; the whole that it is merged into has.
    private static MeanWithError Mean(List<double> values) =>
        values.Count == 0 ? new MeanWithError(double.NaN, double.NaN) : MeanWithError.Of(values);
}

namespace ML.Robustness.AttributionMetrics;

/// <summary>The collected measures of the rows.</summary>
internal sealed class AttributionQualityRows(string method, IReadOnlyList<string> layers)
{
    private readonly List<double>[] _measures = [[], [], [], [], [], []];
    private readonly List<double> _variation = [];
    private readonly List<double>[] _correlations = [.. layers.Select(_ => new List<double>())];

    public int Count => _measures[0].Count;

    public int Layers => layers.Count;

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
                    $"The {names[i]} of row {Count + row} is not finite: the network's outputs or gradients overflow there.");
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
        Infidelity = MeanWithError.Of(_measures[0]),
        NormalizedInfidelity = MeanWithError.Of(_measures[1]),
        SensitivityMax = MeanWithError.Of(_measures[2]),
        DeletionArea = MeanWithError.Of(_measures[3]),
        InsertionArea = MeanWithError.Of(_measures[4]),
        InputGradientAlignment = MeanWithError.Of(_measures[5]),
        TotalVariation = _variation.Count > 0 ? MeanWithError.Of(_variation) : null,
        SanityCheck = [.. layers.Select((layer, place) => (layer, place)).Where(entry => _correlations[entry.place].Count > 0)
            .Select(entry => new LayerCorrelation(entry.layer, MeanWithError.Of(_correlations[entry.place])))],
    };
}

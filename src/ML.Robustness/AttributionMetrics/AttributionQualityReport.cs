namespace ML.Robustness.AttributionMetrics;

/// <summary>How good a method's attributions of a network are; managed memory only.</summary>
public sealed record AttributionQualityReport
{
    /// <summary>The method, as text.</summary>
    public required string Method { get; init; }

    /// <summary>The number of rows.</summary>
    public required long Rows { get; init; }

    /// <summary>
    /// The infidelity: the mean squared difference between what the map, at its best scale, says of small random changes and what
    /// the score does.
    /// </summary>
    /// <value>Zero or more, in squared units of the score; zero for a map that predicts exactly.</value>
    public required MeanWithError Infidelity { get; init; }

    /// <summary>
    /// The infidelity as a share of the score's own mean squared change, so that networks of different scales can be compared.
    /// </summary>
    /// <value>From 0, all explained, to 1, nothing explained.</value>
    public required MeanWithError UnexplainedShare { get; init; }

    /// <summary>The largest relative change of the map when the input changes a little.</summary>
    /// <value>Zero or more.</value>
    public required MeanWithError SensitivityMax { get; init; }

    /// <summary>The area under the class's probability while the pixels that count most are removed first.</summary>
    /// <value>From 0 to 1.</value>
    public required MeanWithError DeletionArea { get; init; }

    /// <summary>The area under the class's probability while the pixels that count most are inserted first.</summary>
    /// <value>From 0 to 1.</value>
    public required MeanWithError InsertionArea { get; init; }

    /// <summary>The agreement of the score's gradient with the input: |⟨x, ∇⟩| / (‖x‖ ‖∇‖), whatever the method.</summary>
    /// <value>From 0 to 1.</value>
    public required MeanWithError GradientInputAgreement { get; init; }

    /// <summary>
    /// The sum of the differences between neighbouring pixels of the map over the sum of its pixels; null for vectors, which have
    /// no neighbours.
    /// </summary>
    /// <value>From 0, flat, to 4, where only single pixels count.</value>
    public MeanWithError? TotalVariation { get; init; }

    /// <summary>
    /// The sanity check: from the output to the input, how much of the maps survives as one layer after the other forgets; empty
    /// where it was not made.
    /// </summary>
    public IReadOnlyList<LayerCorrelation> SanityCheck { get; init; } = [];

    /// <summary>All measures with their meaning, in the order of the table.</summary>
    public IReadOnlyList<AttributionMeasure> Measures
    {
        get
        {
            var measures = new List<AttributionMeasure>
            {
                new("Gradient-input agreement", true, "the gradient looks like the input", GradientInputAgreement),
                new("Unexplained share", false,
                    "of the score's change under noise, what the map does not explain", UnexplainedShare),
                new("Infidelity", false, "the same in squared units of the score", Infidelity),
                new("Sensitivity, max", false, "a small change of the input changes the map by this share", SensitivityMax),
                new("Deletion area", false, "without the pixels that the map names first, the class is soon lost", DeletionArea),
                new("Insertion area", true, "with the pixels that the map names first, the class is soon found", InsertionArea),
            };
            if (TotalVariation is { } variation)
                measures.Add(new("Total variation", false,
                    "speckle: differences between neighbouring pixels of the map", variation));
            if (SanityCheck.Count > 0)
                measures.Add(new("Sanity check", false,
                    "what is left of the map's order once the whole network forgot what it " +
                    "learned", SanityCheck[^1].Correlation));
            return measures;
        }
    }

    /// <summary>Returns the report as a table.</summary>
    /// <returns>A line for each measure, in the invariant culture.</returns>
    public override string ToString() => new AttributionComparison([("model", this)]).ToString();
}

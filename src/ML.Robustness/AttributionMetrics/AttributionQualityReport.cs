using ML.Robustness.Persistence;

namespace ML.Robustness.AttributionMetrics;

/// <summary>The results of the measurement of attribution quality, in managed memory only.</summary>
public sealed record AttributionQualityReport
{
    /// <summary>The attribution method, as text.</summary>
    public required string Method { get; init; }

    /// <summary>The number of the first row within the whole: 0 but for the report of a part.</summary>
    public long FirstRow => Measured?.Part.FirstRow ?? 0;

    /// <summary>The number of rows.</summary>
    public required long Rows { get; init; }

    /// <summary>
    /// The infidelity: the mean squared error of the score's change under small random perturbations as the attribution, at its
    /// best scale, predicts it.
    /// </summary>
    /// <value>Zero or more, in squared units of the score; zero for an attribution that predicts the change exactly.</value>
    public required MeanWithError Infidelity { get; init; }

    /// <summary>
    /// The infidelity divided by the mean squared change of the score, so that networks of different scales can be compared.
    /// </summary>
    /// <value>From 0, all predicted, to 1, nothing predicted.</value>
    public required MeanWithError NormalizedInfidelity { get; init; }

    /// <summary>
    /// The maximum sensitivity: the largest relative change of the attribution under a small change of the input.
    /// </summary>
    /// <value>Zero or more.</value>
    public required MeanWithError SensitivityMax { get; init; }

    /// <summary>The area under the curve of the class's probability as the most important pixels are removed first.</summary>
    /// <value>From 0 to 1.</value>
    public required MeanWithError DeletionArea { get; init; }

    /// <summary>The area under the curve of the class's probability as the most important pixels are inserted first.</summary>
    /// <value>From 0 to 1.</value>
    public required MeanWithError InsertionArea { get; init; }

    /// <summary>The alignment of the score's gradient with the input, |⟨x, ∇⟩| / (‖x‖ ‖∇‖); independent of the method.</summary>
    /// <value>From 0 to 1.</value>
    public required MeanWithError InputGradientAlignment { get; init; }

    /// <summary>
    /// The total variation: the sum of the differences between neighbouring pixels over the sum of the pixels; null for vectors.
    /// </summary>
    /// <value>From 0, flat, to 4, where only single pixels count.</value>
    public MeanWithError? TotalVariation { get; init; }

    /// <summary>
    /// The sanity check: the correlation with the original attribution as layer after layer is randomised from the output on;
    /// empty if it was not run.
    /// </summary>
    public IReadOnlyList<LayerCorrelation> SanityCheck { get; init; } = [];

    /// <summary>The measures of each row; null for a report that was not measured.</summary>
    internal AttributionQualityRows? Measured { get; init; }

    /// <summary>Merges the reports of parts of a data set into that of the whole.</summary>
    /// <remarks>
    /// Means and errors are computed anew from the measures of the rows. The rows of the sanity check are the first of the whole,
    /// as in one measurement of all rows.
    /// </remarks>
    /// <param name="parts">
    /// The reports of consecutive ranges of rows, in any order, each with the <see cref="Data.LabeledDataset.FirstRow"/> of its
    /// own; each may be merged already.
    /// </param>
    /// <returns>The report of the whole.</returns>
    /// <exception cref="ArgumentException">
    /// There are no parts, one was not measured by <see cref="AttributionQuality"/>, they are of different networks, settings or
    /// seeds, or rows are missing or twice there.
    /// </exception>
    public static AttributionQualityReport Merge(IEnumerable<AttributionQualityReport> parts)
    {
        var ordered = ResultPart.InOrder(parts, part => part.Measured?.Part ?? throw new ArgumentException(
            "A report has no measures of its rows: expected reports of AttributionQuality.Measure or EvaluateAttributions, got "
            + "one that was made of numbers.", nameof(parts)));
        return AttributionQualityRows.Merge([.. ordered.Select(part => part.Measured!)]).ToReport();
    }

    /// <summary>All measures with their meaning, in the order of the table.</summary>
    public IReadOnlyList<AttributionMeasure> Measures
    {
        get
        {
            var measures = new List<AttributionMeasure>
            {
                new("Input-gradient alignment", true, "the gradient looks like the input", InputGradientAlignment),
                new("Normalized infidelity", false,
                    "the share of the score's change under noise that the attribution does not predict", NormalizedInfidelity),
                new("Infidelity", false, "the same in squared units of the score", Infidelity),
                new("Sensitivity, max", false,
                    "the largest relative change of the attribution under a small change of the input", SensitivityMax),
                new("Deletion area", false, "the class is soon lost as the most important pixels are removed", DeletionArea),
                new("Insertion area", true, "the class is soon found as the most important pixels are inserted", InsertionArea),
            };
            if (TotalVariation is { } variation)
                measures.Add(new("Total variation", false,
                    "differences between neighbouring pixels of the attribution", variation));
            if (SanityCheck.Count > 0)
                measures.Add(new("Sanity check", false,
                    "the rank correlation left once the whole network is randomised", SanityCheck[^1].Correlation));
            return measures;
        }
    }

    /// <summary>Returns the report as a table.</summary>
    /// <returns>A line for each measure, in the invariant culture.</returns>
    public override string ToString() => new AttributionComparison([("model", this)]).ToString();
}

using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.Evaluation;

/// <summary>
/// The first rows of the whole, each of which is compared with all others; where some are of another part, they are kept for it.
/// </summary>
/// <param name="Values">The rows' values in sequence; none where the sample is complete.</param>
/// <param name="Shape">The shape of a row.</param>
/// <param name="Labels">The label of each row.</param>
/// <param name="Overlapping">How many have a row of another class within twice the radius.</param>
internal sealed record OverlapSample(float[] Values, long[] Shape, long[] Labels, int Overlapping)
{
    /// <summary>The sample of a part without any of the first rows.</summary>
    internal static OverlapSample None { get; } = new([], [], [], 0);

    /// <summary>Looks at rows, and keeps them where more may come.</summary>
    /// <param name="threatModel">A threat model with a radius above zero.</param>
    /// <param name="inputs">(N, …), few rows.</param>
    /// <param name="labels">(N).</param>
    /// <param name="cancellation">Checked at each row.</param>
    internal static OverlapSample Of(ThreatModel threatModel, Tensor inputs, Tensor labels, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var overlapping = OverlapCheck.Count(threatModel, inputs, labels, cancellation);
        var isComplete = inputs.shape[0] >= OverlapCheck.Sample;
        return new OverlapSample(
            isComplete ? [] : inputs.to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray(),
            [.. inputs.shape.AsSpan(1)], labels.cpu().data<long>().ToArray(), overlapping);
    }

    /// <summary>The sample of the whole, of parts in the order of their rows.</summary>
    internal static OverlapSample Merge(ThreatModel threatModel, IReadOnlyList<OverlapSample> parts)
    {
        OverlapSample[] some = [.. parts.Where(part => part.Labels.Length > 0)];
        if (some.Length <= 1)
            return some.FirstOrDefault() ?? None;
        using var scope = NewDisposeScope();
        float[] values = [.. some.SelectMany(part => part.Values)];
        long[] labels = [.. some.SelectMany(part => part.Labels)];
        return Of(threatModel, tensor(values, [labels.Length, .. some[0].Shape]), tensor(labels), default);
    }
}

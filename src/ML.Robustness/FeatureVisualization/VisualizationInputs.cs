using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.FeatureVisualization;

/// <summary>How searches demand their starts, and take and put together their passes.</summary>
internal static class VisualizationInputs
{
    public static void Check(Tensor starts, ThreatModel threatModel)
    {
        ArgumentNullException.ThrowIfNull(starts);
        ModelInputs.Rows(starts);
        threatModel.CheckRows(starts);
        if (is_inference_mode_enabled())
            throw new InvalidOperationException("Feature visualisations need gradients: call them outside inference_mode.");
        ModelInputs.Values(starts, threatModel.Range);
    }

    public static IEnumerable<(long First, long Count)> Batches(long rows, int passSize)
    {
        for (long first = 0; first < rows; first += passSize)
            yield return (first, Math.Min(passSize, rows - first));
    }
}

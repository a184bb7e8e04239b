using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;

namespace ML.Robustness.FeatureVisualization;

/// <summary>The checks of the inputs of feature visualisations.</summary>
internal static class VisualizationInputs
{
    public static void Check(Tensor starts, ThreatModel threatModel)
    {
        ArgumentNullException.ThrowIfNull(starts);
        ModelInputs.Rows(starts);
        threatModel.CheckRows(starts);
        ModelInputs.Values(starts, threatModel.InputRanges);
    }
}

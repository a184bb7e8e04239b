using static TorchSharp.torch;

namespace ML.Robustness.ThreatModels;

/// <summary>Values inside a threat model's range, wherever they lie in its ball.</summary>
internal static class RangeClamp
{
    /// <summary>Writes into the tensor that it is given.</summary>
    public static Tensor Clamp(Tensor values, ThreatModel threatModel) =>
        threatModel.Range.IsUnbounded ? values : values.clamp_(threatModel.Range.Minimum, threatModel.Range.Maximum);
}

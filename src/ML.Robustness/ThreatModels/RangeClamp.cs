using static TorchSharp.torch;

namespace ML.Robustness.ThreatModels;

/// <summary>The clamp to a threat model's range, without the projection to its ball.</summary>
internal static class RangeClamp
{
    /// <summary>Clamps the tensor in place.</summary>
    public static Tensor Clamp(Tensor values, ThreatModel threatModel) =>
        threatModel.InputRanges.Clamp(values);
}

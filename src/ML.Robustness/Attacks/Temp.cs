namespace ML.Robustness.Attacks;
internal static class TempX { internal static ThreatModels.ThreatModel WithRanges(this ThreatModels.ThreatModel t, Data.ValueRange[] r) => t; }
internal sealed class LinearMaximizationAttack(ThreatModels.ThreatModel t) : Attack(t) { protected internal override TorchSharp.torch.Tensor Search(SearchContext s) => s.Origins; }

using ML.Robustness.Data;
using ML.Robustness.ThreatModels;

namespace ML.Robustness.Tests.Testing;

/// <summary>Threat models by the name of their norm, for theories.</summary>
internal static class Balls
{
    public static ThreatModel Of(string norm, double epsilon, ValueRange? range = null) => norm switch
    {
        "LInf" => ThreatModel.LInf(epsilon, range),
        "L2" => ThreatModel.L2(epsilon, range),
        "L1" => ThreatModel.L1(epsilon, range),
        "Unbounded" => ThreatModel.Unbounded(range),
        _ => throw new ArgumentException($"No norm is called '{norm}'.", nameof(norm)),
    };
}

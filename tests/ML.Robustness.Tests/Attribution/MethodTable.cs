using ML.Robustness.Attribution;

namespace ML.Robustness.Tests.Attribution;

/// <summary>Every method that explains any network: a new one is one row here, and has to keep the whole contract.</summary>
internal static partial class MethodTable
{
    public static readonly Dictionary<string, AttributionMethod> Methods = new()
    {
        ["Saliency"] = new Saliency(),
        ["InputTimesGradient"] = new InputTimesGradient(),
        ["IntegratedGradients"] = new IntegratedGradients { Steps = 7, Baseline = 0.2, Tolerance = null },
        ["IntegratedGradients, tolerance"] = new IntegratedGradients { Steps = 3, Tolerance = 0.01 },
        ["Occlusion"] = new Occlusion { Window = 3, Stride = 2, Baseline = 0.5 },
        ["SmoothGrad"] = new Saliency().Smoothed(5, 0.1),
        ["SmoothGrad-squared"] = new SmoothedAttribution(new Saliency())
        {
            Samples = 5,
            Combination = NoiseCombination.MeanOfSquares
        },
        ["VarGrad"] = new SmoothedAttribution(new Saliency()) { Samples = 5, Combination = NoiseCombination.Variance },
        ["MeanOfAbsolutes, row range"] = new SmoothedAttribution(new Saliency())
        {
            Samples = 5,
            NoiseScale = NoiseScale.RowRange,
            Combination = NoiseCombination.MeanOfAbsolutes,
        },
        ["IntegratedGradients, smoothed"] = new IntegratedGradients { Steps = 4 }.Smoothed(3),
        ["Occlusion, smoothed"] = new Occlusion { Window = 2 }.Smoothed(3),
        ["SmoothGrad, smoothed"] = new Saliency().Smoothed(2, 0.1).Smoothed(3, 0.2),
    };

    /// <summary>The same method with another pass size, whatever its own settings are.</summary>
    public static AttributionMethod WithPassSize(AttributionMethod method, int size)
    {
        var copy = (AttributionMethod)typeof(object).GetMethod("MemberwiseClone",
            System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.Invoke(method, null)!;
        typeof(AttributionMethod).GetProperty(nameof(AttributionMethod.BatchSize))!.SetValue(copy, size);
        return copy;
    }
}

using Microsoft.ML.Calibrators;
using Microsoft.ML.Trainers;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Transforms.DifferentiableChains;

/// <summary>A linear function of the features, and Platt's calibration of it where it has one.</summary>
/// <param name="Weights">One for each feature.</param>
/// <param name="Bias">The constant.</param>
/// <param name="Platt">p = 1 / (1 + exp(Slope · score + Offset)); null where there is none.</param>
internal sealed record LinearPart(float[] Weights, float Bias, (double Slope, double Offset)? Platt)
{
    /// <summary>Reads a binary model of ML.NET; null where it is not linear, or calibrated in another way.</summary>
    internal static LinearPart? Of(object model)
    {
        var (inner, calibrator) = ModelParts.Uncalibrated(model);
        return inner is LinearModelParameters linear && calibrator is null or PlattCalibrator
            ? new LinearPart([.. ((LinearModelParameters)inner).Weights], ((LinearModelParameters)inner).Bias,
                calibrator is PlattCalibrator platt ? (platt.Slope, platt.Offset) : null)
            : null;
    }
}

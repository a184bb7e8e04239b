using System.Collections.Immutable;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Trainers;

namespace ML.Robustness.Transforms.Internals;

/// <summary>The models that a fitted model of ML.NET is made of.</summary>
internal static class ModelParts
{
    /// <summary>The model under a calibrator, and the calibrator; the model itself where it has none.</summary>
    internal static (object Model, ICalibrator? Calibrator) Uncalibrated(object model) =>
        model is IWeaklyTypedCalibratedModelParameters calibrated
            ? (calibrated.WeaklyTypedSubModel, calibrated.WeaklyTypedCalibrator)
            : (model, null);

    /// <summary>The model of each class of one against all others.</summary>
    internal static ImmutableArray<object> OfClasses(OneVersusAllModelParameters model) => model.SubModelParameters;
}

using System.Globalization;
using Microsoft.ML.Runtime;
using ML.Robustness.Training;

namespace ML.Robustness.Transforms.AdversarialTraining;

/// <summary>The log of epochs: one line each to <c>MLContext.Log</c>, and the user's receiver.</summary>
internal sealed class EpochLog(IChannel channel, IProgress<EpochReport>? next) : IProgress<EpochReport>
{
    public void Report(EpochReport value)
    {
        channel.Info(MessageSensitivity.None, Line(value));
        if (value.CatastrophicOverfitting)
            channel.Warning(MessageSensitivity.None,
                $"Catastrophic overfitting in epoch {value.Epoch}: training ended, and the best weights before it are kept. "
                + "Lower epsilon or the learning rate, or use PGD.");
        next?.Report(value);
    }

    internal static string Line(EpochReport epoch) => string.Create(CultureInfo.InvariantCulture,
        $"Epoch {epoch.Epoch}/{epoch.Epochs}: loss {epoch.Loss:F4}"
        + $"{Share("clean", epoch.CleanAccuracy)}{Share("robust", epoch.RobustAccuracy)}, "
        + $"{epoch.RowsPerSecond:F0} rows/s, {epoch.Remaining:hh\\:mm\\:ss} left");

    private static string Share(string what, double? accuracy) =>
        accuracy is { } share ? string.Create(CultureInfo.InvariantCulture, $", {what} accuracy {share:F4}") : "";
}

using static TorchSharp.torch;

namespace ML.Robustness.FeatureVisualization;

/// <summary>Tells the share of steps done, each pass counted alike.</summary>
internal sealed class StepProgress(IProgress<double>? progress, long rows, int passSize, int steps)
{
    private readonly double _all = (double)((rows + passSize - 1) / passSize) * steps;
    private long _done;

    public void Track(int step, Tensor candidates)
    {
        if (step > 0)
            progress?.Report(++_done / _all);
    }
}

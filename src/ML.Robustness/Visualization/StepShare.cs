using static TorchSharp.torch;

namespace ML.Robustness.Visualization;

/// <summary>Tells the share of steps done, each pass counted alike.</summary>
internal sealed class StepShare(IProgress<double>? progress, long rows, int passSize, int steps)
{
    private readonly double _all = (double)((rows + passSize - 1) / passSize) * steps;
    private long _done;

    public void Watch(int step, Tensor candidates)
    {
        if (step > 0)
            progress?.Report(++_done / _all);
    }
}

using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests;

/// <summary>Counts the tensors that are alive, after what other tests forgot is gone.</summary>
internal static class NativeTensors
{
    internal static void AreAsBeforeAfter(Action work)
    {
        work();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        work();
        Assert.Equal(before, Tensor.TotalCount);
    }
}

using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>Counts the tensors that are alive, after what other tests forgot is gone.</summary>
internal static class NativeTensors
{
    /// <summary>Asserts that work leaves no tensors behind.</summary>
    /// <param name="work">The work, which runs twice: the first time may fill caches.</param>
    /// <param name="network">Makes and disposes the layers that the work does: TorchSharp 0.105 still counts what they were made
    /// of, though it holds no memory.</param>
    internal static void AreAsBeforeAfter(Action work, Action? network = null)
    {
        work();
        Assert.Equal(network is null ? 0 : Growth(network), Growth(work));
    }

    private static long Growth(Action work)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        work();
        return Tensor.TotalCount - before;
    }
}

using static TorchSharp.torch;

namespace ML.Robustness.Tests.Testing;

/// <summary>Counts the tensors that are alive, after those that earlier tests forgot are gone.</summary>
internal static class LiveTensors
{
    public static long Count()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Tensor.TotalCount;
    }

    /// <summary>Runs an action and demands that nothing it made is alive afterwards, whether or not the garbage collector would
    /// find it.</summary>
    public static void AssertNoneLeft(Action action)
    {
        // Once before counting: caches that live as long as the process are not leaks.
        action();
        var before = Count();
        action();
        Assert.True(Tensor.TotalCount <= before, $"{Tensor.TotalCount - before} tensors were left behind.");
    }
}

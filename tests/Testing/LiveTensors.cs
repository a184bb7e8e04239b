using Xunit;
using static TorchSharp.torch;

namespace ML.Robustness.Testing;

/// <summary>Counts the tensors that are alive, after those that earlier tests forgot are gone.</summary>
internal static class LiveTensors
{
    public static long Count()
    {
        for (var round = 0; round < 2; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return Tensor.TotalCount;
    }

    /// <summary>Demands that no more tensors are alive than before, whether or not the garbage collector would find
    /// them.</summary>
    /// <param name="before">What <see cref="Count"/> told. It may become less: what others forgot is found late, too.</param>
    public static void AssertNoMoreThan(long before)
    {
        var left = Tensor.TotalCount - before;
        Assert.True(left <= 0, $"{left} tensors were left behind.");
    }

    /// <summary>Runs an action and demands that nothing it made is alive afterwards.</summary>
    /// <param name="action">The action, which runs twice: the first time may fill caches.</param>
    /// <param name="network">Makes and disposes the layers that the action does: TorchSharp counts what they were made of until
    /// the garbage collector comes, though it holds no memory.</param>
    public static void AssertNoneLeft(Action action, Action? network = null)
    {
        action();
        var allowed = network is null ? 0 : Growth(network);
        var before = Count();
        action();
        AssertNoMoreThan(before + allowed);
    }

    private static long Growth(Action work)
    {
        var before = Count();
        work();
        return Tensor.TotalCount - before;
    }
}

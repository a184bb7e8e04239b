using System.Collections.Concurrent;
using TorchSharp;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Numerics;

public class KeptScalarTests
{
    [Theory]
    [InlineData(0.1)]
    [InlineData(-0.0)]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(1.0)]
    public void Kept_OfADouble_IsTheNumberItself(double value)
    {
        Assert.Equal(ScalarType.Float64, Kept(value).Type);
        Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(Kept(value).ToDouble()));
        Assert.Same(Kept(value), Kept(value));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(long.MinValue)]
    [InlineData((1L << 53) + 1)]
    public void Kept_OfAnInteger_IsTheNumberItself(long value)
    {
        Assert.Equal(ScalarType.Int64, Kept(value).Type);
        Assert.Equal(value, Kept(value).ToInt64());
        Assert.Same(Kept(value), Kept(value));
    }

    [Fact]
    public void Kept_TakesTheTypesOfTorchSharp()
    {
        foreach (var (kept, raw) in new[] { (Kept(0.1f), (Scalar)0.1f), (Kept(7), (Scalar)7), (Kept(7L), (Scalar)7L), (One, 1) })
        {
            Assert.Equal(raw.Type, kept.Type);
            Assert.Equal(raw.ToDouble(), kept.ToDouble());
            GC.KeepAlive(raw);
        }
    }

    [Fact]
    public async Task Scalar_OutlivesThe255AskedForAfterIt()
    {
        var kept = new List<WeakReference>();
        // A thread of its own, which has asked for none before.
        await Task.Factory.StartNew(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                kept.Add(new WeakReference(Kept(i * 0.37)));
                if (i % 1000 != 999)
                    continue;
                GC.Collect();
                Assert.All(kept.TakeLast(256), reference => Assert.True(reference.IsAlive));
                // The table and those replaced: no more.
                Assert.InRange(kept.Count(reference => reference.IsAlive), 256, 512);
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    [Fact]
    public void Operations_AreRight_WhileAnotherThreadCollects()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        var errors = new ConcurrentQueue<string>();
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            using var ones = torch.ones(100_000);
            try
            {
                for (var i = 0; !stop.IsCancellationRequested; i = (i + 1) % 1000)
                {
                    var factor = i * 0.25;
                    using var scaled = ones.mul(Kept(factor)).add_(ones, One).clamp_(Kept(-i), Kept(factor + 0.5));
                    var found = scaled.sum().item<float>();
                    if (found != (float)((factor + 0.5) * 100_000))
                        errors.Enqueue($"{found} for {factor}");
                }
            }
            catch (Exception error)
            {
                errors.Enqueue(error.Message);
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        while (!stop.IsCancellationRequested)
            GC.Collect();
        foreach (var thread in threads) thread.Join();
        Assert.Empty(errors);
    }
}

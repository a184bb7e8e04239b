using ML.Robustness.Objectives;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Training;

/// <summary>The sums over the batches of an epoch, kept on the device until they are read.</summary>
internal sealed class EpochSums : IDisposable
{
    private readonly Tensor _loss;
    private readonly Tensor _clean;
    private readonly Tensor _robust;
    private long _rows;
    private bool _hasClean;
    private bool _hasRobust;

    internal EpochSums(Device device)
    {
        _loss = zeros([], ScalarType.Float64, device).DetachFromDisposeScope();
        _clean = zeros([], ScalarType.Int64, device).DetachFromDisposeScope();
        _robust = zeros([], ScalarType.Int64, device).DetachFromDisposeScope();
    }

    internal long Rows => _rows;

    internal double Loss => Read<double>(_loss) / _rows;

    internal double? CleanAccuracy => _hasClean ? Read<long>(_clean) / (double)_rows : null;

    internal double? RobustAccuracy => _hasRobust ? Read<long>(_robust) / (double)_rows : null;

    internal void Add(ObjectiveLoss loss, Tensor labels, int rows)
    {
        using var nograd = no_grad();
        _loss.add_(loss.Loss.detach().to(ScalarType.Float64).mul_(Kept(rows)), One);
        if (loss.CleanLogits is { } clean) _clean.add_(clean.argmax(1).eq(labels).sum(), One);
        if (loss.AdversarialLogits is { } adversarial) _robust.add_(adversarial.argmax(1).eq(labels).sum(), One);
        _hasClean = loss.CleanLogits is not null;
        _hasRobust = loss.AdversarialLogits is not null;
        _rows += rows;
    }

    // Only memory of the CPU can be read.
    private static T Read<T>(Tensor sum) where T : unmanaged
    {
        using var value = sum.cpu();
        return value.item<T>();
    }

    public void Dispose()
    {
        _loss.Dispose();
        _clean.Dispose();
        _robust.Dispose();
    }
}

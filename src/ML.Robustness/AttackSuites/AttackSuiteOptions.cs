using ML.Robustness.Numerics;
using TorchSharp;

namespace ML.Robustness.AttackSuites;

/// <summary>
/// How a suite of attacks is run; what it finds depends on the seed only, and on the batch size only by the kernels' rounding.
/// </summary>
public sealed class AttackSuiteOptions
{
    private IProgress<AttackSuiteProgress>? _progress;

    /// <summary>The number of rows that an attack gets at once.</summary>
    /// <value>One or more. The default is 256.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int BatchSize
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 1);
    } = 256;

    /// <summary>The seed of the rows' random numbers, the same for every attack.</summary>
    /// <value>Any number. The default is 0.</value>
    public ulong Seed { get; init; }

    /// <summary>Whether every attack runs on all rows that are classified rightly, rather than on those still robust.</summary>
    /// <value>The default is false. True gives each attack its own accuracy and costs more; the worst case is the same.</value>
    public bool AttackAllRows { get; init; }

    /// <summary>Whether the adversarial inputs are kept, in managed memory.</summary>
    /// <value>The default is false.</value>
    public bool KeepInputs { get; init; }

    /// <summary>
    /// The file that keeps the verdicts so far; a run that finds it goes on where the other ended, with the same verdicts.
    /// </summary>
    /// <value>A path in a folder that exists. The default, null, keeps nothing.</value>
    public string? StatePath { get; init; }

    /// <summary>The receiver of progress, called on the calling thread.</summary>
    /// <value>The default is null.</value>
    public IProgress<AttackSuiteProgress>? Progress
    {
        get => _progress;
        init => _progress = value;
    }

    /// <summary>The device that the rows are moved to.</summary>
    /// <value>The default, null, is where the network's parameters are.</value>
    public torch.Device? Device { get; init; }

    /// <summary>Whether the rows are known to be in range and labelled rightly, as those of a training run are.</summary>
    internal bool IsChecked { get; init; }

    /// <summary>
    /// The network whose predictions decide, where that is not the one whose gradients are used: the exact model beside one with
    /// gradients in its place. Null for the same.
    /// </summary>
    internal torch.nn.Module<torch.Tensor, torch.Tensor>? Judge { get; init; }

    /// <summary>Which rows are not attacked although they are classified rightly; null for none.</summary>
    internal bool[]? Skipped { get; init; }

    /// <summary>The same options with another receiver of progress.</summary>
    internal AttackSuiteOptions Telling(IProgress<AttackSuiteProgress>? progress)
    {
        var copy = (AttackSuiteOptions)MemberwiseClone();
        copy._progress = progress;
        return copy;
    }
}

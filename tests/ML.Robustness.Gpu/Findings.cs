using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Gpu;

/// <summary>What one check found on one device: numbers by name, and tensors on another device than they should be.</summary>
internal sealed class Findings(Device device)
{
    private readonly List<(string Name, double[] Values, bool IsVerdict)> _all = [];

    /// <summary>Tensors that were not on the device.</summary>
    public List<string> Strays { get; } = [];

    /// <summary>The device that the check runs on.</summary>
    public Device Device => device;

    /// <summary>Keeps a tensor's values. Whole numbers and truth values are verdicts: they are compared one by one.</summary>
    public void Add(string name, Tensor? values)
    {
        if (values is null)
            return;
        using var scope = NewDisposeScope();
        if (values.device.ToString() != device.ToString())
            Strays.Add($"{name} on {values.device}");
        var plain = values.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
        _all.Add((name, plain, !values.is_floating_point()));
    }

    /// <summary>Keeps numbers that the library gave on the processor.</summary>
    public void Add(string name, IEnumerable<double> values) => _all.Add((name, [.. values], false));

    /// <summary>Keeps verdicts that the library gave on the processor.</summary>
    public void AddVerdicts(string name, IEnumerable<long> values) =>
        _all.Add((name, [.. values.Select(value => (double)value)], true));

    /// <summary>Compares with what was found on the processor: what differs, and the largest difference of numbers.</summary>
    public (List<string> Differences, double Largest) Compare(Findings expected, double tolerance, double mayDiffer)
    {
        var (differences, largest) = (new List<string>(Strays), 0.0);
        if (_all.Count != expected._all.Count)
            differences.Add($"{_all.Count} results instead of {expected._all.Count}");
        foreach (var ((name, mine, isVerdict), (_, theirs, _)) in _all.Zip(expected._all))
        {
            if (mine.Length != theirs.Length)
            {
                differences.Add(FormattableString.Invariant($"{name}: {mine.Length} values instead of {theirs.Length}"));
                continue;
            }

            var gaps = mine.Zip(theirs, Gap).ToArray();
            var wrong = gaps.Count(gap => gap > (isVerdict ? 0 : tolerance));
            if (!isVerdict)
                largest = Math.Max(largest, gaps.DefaultIfEmpty().Max());
            if (wrong > mayDiffer * gaps.Length)
                differences.Add(FormattableString.Invariant(
                    $"{name}: {wrong} of {gaps.Length} differ, by {gaps.Max():0.###e+0} at most"));
        }

        return (differences, largest);
    }

    // Absolute below one, relative above; equal infinities and NaNs are equal.
    private static double Gap(double mine, double theirs) =>
        mine.Equals(theirs) ? 0
        : double.IsFinite(mine) && double.IsFinite(theirs) ? Math.Abs(mine - theirs) / Math.Max(1, Math.Abs(theirs))
        : double.PositiveInfinity;
}

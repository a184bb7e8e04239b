using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.ThreatModels;

/// <summary>The budget of each feature: its allowed change for every unit of the radius; zero for fixed features.</summary>
internal sealed class FeatureBudgets
{
    private const int Shown = 16;

    public FeatureBudgets(double[] budgets)
    {
        for (var feature = 0; feature < budgets.Length; feature++)
        {
            if (!(budgets[feature] >= 0) || double.IsInfinity(budgets[feature]))
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture,
                        $"A budget is a finite number of zero or more, but feature {feature} has {budgets[feature]}."),
                        nameof(budgets));
        }
        if (!budgets.Any(static value => value > 0))
            throw new ArgumentException("No feature may move: give at least one a budget above zero.", nameof(budgets));
        Values = budgets;
    }

    public double[] Values { get; }

    /// <summary>The norm of the vector of one over each movable feature's budget.</summary>
    public double InverseLength => Math.Sqrt(Values.Where(static value => value > 0).Sum(static value => 1 / (value * value)));

    /// <summary>Converts the input's units to budgets, in place; zero without a budget.</summary>
    public Tensor Divide(Tensor change) => change.mul_(Row(change, static value => value > 0 ? 1 / value : 0));

    /// <summary>Converts budgets to the input's units, in place.</summary>
    public Tensor Multiply(Tensor change) => change.mul_(Row(change, static value => value));

    /// <summary>Zero without a budget, in place.</summary>
    public Tensor Mask(Tensor change) => change.mul_(Row(change, static value => value > 0 ? 1 : 0));

    /// <summary>The changes in units of the budgets, enormous without a budget.</summary>
    public Tensor Compare(Tensor change) => change.mul(Row(change, static value => value > 0 ? 1 / value : float.MaxValue));

    /// <summary>The room for each change, possibly infinite, in units of the budgets; zero without a budget.</summary>
    public Tensor Limit(Tensor room)
    {
        var fixedFeatures = Row(room, static value => value > 0 ? 0 : 1).eq(Kept(1));
        return room.mul_(Row(room, static value => value > 0 ? 1 / value : 1)).masked_fill_(fixedFeatures, Kept(0));
    }

    public void CheckLength(Tensor rows)
    {
        var shape = rows.shape;
        var length = 1L;
        foreach (var size in shape.AsSpan(1))
            length *= size;
        CheckLength(length, $"a row of shape {TensorShape.Text(shape[1..])}", null);
    }

    public void CheckLength(long length, string row, string? name)
    {
        if (length != Values.Length)
        {
            throw new ArgumentException(
                $"The threat model has budgets for {Values.Length} features, but {row} has {length}. " +
                "Give ThreatModel.WithBudgets or WithMask one value for each.", name);
        }
    }

    public override string ToString()
    {
        if (Values.Length <= Shown)
            return $"[{string.Join(", ", Values.Select(static value => value.ToString(CultureInfo.InvariantCulture)))}]";
        // Two sets of budgets read differently, as fingerprints of settings need.
        var digest = SHA256.HashData(MemoryMarshal.AsBytes<double>(Values));
        return $"of {Values.Length} features, #{Convert.ToHexString(digest, 0, 4)}";
    }

    private Tensor Row(Tensor like, Func<double, double> map)
    {
        CheckLength(like);
        var shape = like.shape;
        shape[0] = 1;
        return tensor(Array.ConvertAll(Values, value => map(value)), device: CPU).to(like.dtype, like.device).view(shape);
    }
}

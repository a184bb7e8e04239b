using static TorchSharp.torch;

namespace ML.Robustness.Numerics;

/// <summary>Broadcasting of one number for each row of a batch.</summary>
internal static class RowBroadcast
{
    /// <summary>Returns (N) as (N, 1, …), to be combined with a batch (N, …).</summary>
    public static Tensor Spread(Tensor values, Tensor batch)
    {
        var shape = new long[batch.dim()];
        Array.Fill(shape, 1);
        shape[0] = -1;
        return values.view(shape);
    }

    /// <summary>The least positive number of full precision: a divisor that leaves rows of zeros zero.</summary>
    public static double Smallest(ScalarType type) => type switch
    {
        ScalarType.Float64 => 2.2250738585072014e-308,
        ScalarType.Float16 => 6.104e-5,
        _ => 1.17549435e-38,
    };

    /// <summary>A number that hardly any is above, and that all types of floating point round to a finite one.</summary>
    public static double Largest(ScalarType type) => type == ScalarType.Float16 ? 6e4 : 3e38;
}

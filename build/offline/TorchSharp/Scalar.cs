namespace TorchSharp;

public sealed class Scalar : IDisposable
{
    internal readonly Number Value;

    internal Scalar(Number value) => Value = value;

    public torch.ScalarType Type => Value.Kind switch
    {
        0 => torch.ScalarType.Float64,
        1 => torch.ScalarType.Int64,
        _ => torch.ScalarType.Bool,
    };

    public static implicit operator Scalar(int value) => new(new Number((long)value));

    public static implicit operator Scalar(long value) => new(new Number(value));

    public static implicit operator Scalar(float value) => new(new Number((double)value));

    public static implicit operator Scalar(double value) => new(new Number(value));

    public void Dispose()
    {
        // The value lives here; the real one owns native memory.
    }

    /// <summary>The number behind a scalar; null is "none".</summary>
    internal static Number Of(Scalar scalar) => scalar is null ? Number.None : scalar.Value;
}

public static class ScalarExtensionMethods
{
}

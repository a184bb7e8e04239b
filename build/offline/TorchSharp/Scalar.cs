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

    public static implicit operator Scalar(byte value) => new(new Number((long)value));

    public static implicit operator Scalar(int value) => new(new Number((long)value));

    public static implicit operator Scalar(long value) => new(new Number(value));

    public static implicit operator Scalar(float value) => new(new Number((double)value));

    public static implicit operator Scalar(double value) => new(new Number(value));

    public static implicit operator Scalar(bool value) => new(new Number(value));

    public void Dispose()
    {
        // The value lives here; the real one owns native memory.
    }

    /// <summary>The number behind a scalar; null is "none".</summary>
    internal static Number Of(Scalar scalar) => scalar is null ? Number.None : scalar.Value;
}

public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this double value) => value;

    public static Scalar ToScalar(this float value) => value;

    public static Scalar ToScalar(this long value) => value;

    public static Scalar ToScalar(this int value) => value;

    public static float ToSingle(this Scalar value) => (float)value.Value.Real;

    public static double ToDouble(this Scalar value) => value.Value.Real;

    public static int ToInt32(this Scalar value) => (int)value.Value.Integer;

    public static long ToInt64(this Scalar value) => value.Value.Integer;

    public static byte ToByte(this Scalar value) => (byte)value.Value.Integer;

    public static bool ToBoolean(this Scalar value) => value.Value.Real != 0;
}

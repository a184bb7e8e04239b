using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>Owns one native tensor; the finaliser frees what was forgotten.</summary>
internal sealed class TensorHandle : SafeHandle
{
    internal static readonly TensorHandle None = new(0);
    internal static long Live;
    internal static long Peak;

    internal TensorHandle(nint native) : base(0, true) => SetHandle(native);

    public override bool IsInvalid => handle == 0;

    internal bool IsEmpty => handle == 0 || IsClosed;

    internal static void Count()
    {
        var live = Interlocked.Increment(ref Live);
        if (live > Peak)
            Peak = live;
    }

    protected override bool ReleaseHandle()
    {
        Interlocked.Decrement(ref Live);
        Native.ts_dispose(handle);
        return true;
    }
}

/// <summary>Owns one native random number generator.</summary>
internal sealed class GeneratorHandle : SafeHandle
{
    internal static readonly GeneratorHandle None = new(0);

    internal GeneratorHandle(nint native) : base(0, true) => SetHandle(native);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Native.ts_generator_dispose(handle);
        return true;
    }
}

/// <summary>A scalar as it crosses the boundary: kind -1 is none, 0 a double, 1 an integer, 2 a bool.</summary>
internal readonly struct Number
{
    internal readonly int Kind;
    internal readonly double Bits;

    internal static readonly Number None = new(-1, 0L);
    internal static readonly Number One = new(1L);

    internal Number(double value) => Bits = value;

    internal Number(long value) : this(1, value)
    {
    }

    internal Number(bool value) : this(2, value ? 1 : 0)
    {
    }

    private Number(int kind, long bits)
    {
        Kind = kind;
        Bits = BitConverter.Int64BitsToDouble(bits);
    }
}

/// <summary>Where and as what a tensor is made; -1 leaves a field to libtorch.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Options
{
    internal int Type;
    internal int DeviceType;
    internal int DeviceIndex;
    internal int RequiresGrad;
}

/// <summary>One element of tensor[…]; the kinds are those of native/shapes.cpp.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeIndex
{
    internal int Kind;
    internal int Given;
    internal long Start;
    internal long Stop;
    internal long Step;
    internal nint Tensor;
}

/// <summary>Several tensors made by one call.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HandleList
{
    internal nint* Items;
    internal int Count;
}

namespace TorchSharp;

public static partial class torch
{
    public static ScalarType uint8 = ScalarType.Byte;
    public static ScalarType int8 = ScalarType.Int8;
    public static ScalarType int16 = ScalarType.Int16;
    public static ScalarType int32 = ScalarType.Int32;
    public static ScalarType int64 = ScalarType.Int64;
    public static ScalarType float16 = ScalarType.Float16;
    public static ScalarType float32 = ScalarType.Float32;
    public static ScalarType float64 = ScalarType.Float64;
    public static ScalarType bfloat16 = ScalarType.BFloat16;
    public static ScalarType @bool = ScalarType.Bool;
    public static ScalarType @long = ScalarType.Int64;
    public static ScalarType @int = ScalarType.Int32;
    public static ScalarType @float = ScalarType.Float32;
    public static ScalarType @double = ScalarType.Float64;

    internal static bool IsFloating(ScalarType type) =>
        type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

    internal static ScalarType TypeOf(Type type) =>
        type == typeof(byte) ? ScalarType.Byte
        : type == typeof(sbyte) ? ScalarType.Int8
        : type == typeof(short) ? ScalarType.Int16
        : type == typeof(int) ? ScalarType.Int32
        : type == typeof(long) ? ScalarType.Int64
        : type == typeof(Half) ? ScalarType.Float16
        : type == typeof(float) ? ScalarType.Float32
        : type == typeof(double) ? ScalarType.Float64
        : type == typeof(bool) ? ScalarType.Bool
        : throw new NotSupportedException($"The type {type.Name} is not supported.");

    internal static int Code(ScalarType? dtype) => dtype is { } given ? (int)given : -1;

    /// <summary>The options of a new tensor: what is not given comes from the defaults.</summary>
    internal static Options Place(ScalarType? dtype, Device device, bool requires_grad)
    {
        device = InitializeDevice(device);
        return new Options
        {
            Type = (int)(dtype ?? defaultType),
            DeviceType = (int)device.type,
            DeviceIndex = device.index,
            RequiresGrad = Native.Bit(requires_grad),
        };
    }

    /// <summary>The options of a tensor made like another: what is not given stays as the other has it.</summary>
    internal static Options Like(ScalarType? dtype, Device device, bool requires_grad = false)
    {
        if (device is not null)
            InitializeDeviceType(device.type);
        return new Options
        {
            Type = Code(dtype),
            DeviceType = device is null ? -1 : (int)device.type,
            DeviceIndex = device?.index ?? -1,
            RequiresGrad = Native.Bit(requires_grad),
        };
    }
}

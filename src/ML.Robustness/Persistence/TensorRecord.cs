using static TorchSharp.torch;

namespace ML.Robustness.Persistence;

/// <summary>The record of a tensor in a checkpoint: type, shape, bytes.</summary>
internal static class TensorRecord
{
    /// <summary>The fewest bytes of a record.</summary>
    internal const int LeastLength = 3 * sizeof(int);

    internal static void Write(BinaryWriter writer, Tensor value)
    {
        using var scope = NewDisposeScope();
        var plain = value.detach().cpu().contiguous();
        var shape = plain.shape;
        writer.Write((int)plain.dtype);
        writer.Write(shape.Length);
        foreach (var length in shape) writer.Write(length);
        var bytes = plain.bytes;
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    /// <summary>Reads a tensor, which belongs to the current dispose scope.</summary>
    internal static Tensor Read(CheckedReader reader)
    {
        var number = reader.ReadInt32();
        var dtype = (ScalarType)number;
        if (number is < sbyte.MinValue or > sbyte.MaxValue || ElementLength(dtype) is not { } element)
            throw new InvalidDataException($"a tensor has the element type {number}, which is none of TorchSharp's");
        var shape = reader.ReadShape();
        var elements = CheckedReader.Product("a tensor", shape, int.MaxValue / element);
        var length = reader.ReadInt32();
        if (length != elements * element)
            throw new InvalidDataException(
                $"a tensor of {dtype} [{string.Join(", ", shape)}] takes {elements * element} bytes, but the file says {length}");
        reader.RequireBytes("bytes of a tensor", length, 1);
        var value = empty(shape, dtype, CPU);
        reader.BaseStream.ReadExactly(value.bytes);
        return value;
    }

    /// <summary>The bytes of an element; null for what is not an element type of networks.</summary>
    internal static int? ElementLength(ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        ScalarType.Int64 or ScalarType.Float64 or ScalarType.ComplexFloat32 => 8,
        ScalarType.ComplexFloat64 => 16,
        _ => null,
    };
}

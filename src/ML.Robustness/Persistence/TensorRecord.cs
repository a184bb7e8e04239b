using static TorchSharp.torch;

namespace ML.Robustness.Persistence;

/// <summary>The record of a tensor in a checkpoint: type, shape, bytes.</summary>
internal static class TensorRecord
{
    private const int MostDimensions = 64;

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

    /// <summary>Reads a tensor that belongs to no dispose scope.</summary>
    internal static Tensor Read(BinaryReader reader)
    {
        var dtype = (ScalarType)reader.ReadInt32();
        var dimensions = reader.ReadInt32();
        if (dimensions is < 0 or > MostDimensions) throw new InvalidDataException($"a tensor of {dimensions} dimensions");
        var shape = new long[dimensions];
        for (var i = 0; i < dimensions; i++) shape[i] = reader.ReadInt64();
        var bytes = reader.ReadBytes(reader.ReadInt32());
        var value = empty(shape, dtype, CPU).DetachFromDisposeScope();
        value.bytes = bytes;
        return value;
    }
}

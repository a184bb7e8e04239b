using ML.Robustness.Numerics;
using ML.Robustness.Persistence;
using static TorchSharp.torch;

namespace ML.Robustness.PyTorch.Files;

/// <summary>A tensor of a file, whose values were not read yet: a view of a storage, inside its bounds.</summary>
internal sealed class StoredTensor
{
    private const int MostDimensions = 64;

    private readonly StoredStorage _storage;
    private readonly long[] _shape, _strides;
    private readonly long _offset, _extent;

    /// <summary>Checks the view.</summary>
    /// <param name="storage">The numbers.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="strides">The distance between neighbours in each dimension, in numbers.</param>
    /// <param name="offset">The place of the first number.</param>
    /// <exception cref="InvalidDataException">The view reaches beyond the storage, or is none.</exception>
    internal StoredTensor(StoredStorage storage, long[] shape, long[] strides, long offset)
    {
        if (shape.Length > MostDimensions || shape.Length != strides.Length)
            throw new InvalidDataException(
                $"a tensor of {storage.Name} has {shape.Length} sizes and {strides.Length} strides, where as many of both were "
                    + $"expected, {MostDimensions} at most");
        var count = CheckedReader.Product($"a tensor of {storage.Name}", shape, int.MaxValue / ElementLength(storage.Type));
        _extent = count == 0 ? 0 : Extent(storage.Type, shape, strides);
        if (_extent < 0 || offset < 0 || offset > storage.Count - _extent)
            throw new InvalidDataException(
                $"a tensor {TensorShape.Text(shape)} with the strides {TensorShape.Text(strides)} from {offset} on "
                    + $"reaches beyond "
                    + $"the {storage.Count} numbers of {storage.Name}");
        (_storage, _shape, _strides, _offset) = (storage, shape, strides, offset);
    }

    internal ScalarType Type => _storage.Type;

    internal long[] Shape => [.. _shape];

    /// <summary>The bytes of a number; the types of all storages have one.</summary>
    internal static int ElementLength(ScalarType type) => TensorRecord.ElementLength(type)
        ?? throw new InvalidDataException($"a tensor has the element type {type}, which is none of networks");

    /// <summary>The strides of a tensor whose numbers follow each other.</summary>
    internal static long[] Contiguous(long[] shape)
    {
        var strides = new long[shape.Length];
        var stride = 1L;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride = unchecked(stride * Math.Max(1, shape[i]));
        }

        return strides;
    }

    /// <summary>Reads the values. The tensor belongs to the current dispose scope.</summary>
    internal Tensor Read()
    {
        if (_extent == 0)
            return zeros(_shape, Type, CPU);
        var values = empty([_extent], Type, CPU);
        _storage.Read(_offset * ElementLength(Type), values.bytes);
        return values.as_strided(_shape, _strides);
    }

    /// <summary>The numbers from the first to the last of the view; -1 where they are too many.</summary>
    private static long Extent(ScalarType type, long[] shape, long[] strides)
    {
        var last = 0L;
        for (var i = 0; i < shape.Length; i++)
        {
            if (strides[i] < 0 || (shape[i] > 1 && strides[i] > int.MaxValue / (shape[i] - 1)))
                return -1;
            last += (shape[i] - 1) * strides[i];
        }

        return last < int.MaxValue / ElementLength(type) ? last + 1 : -1;
    }
}

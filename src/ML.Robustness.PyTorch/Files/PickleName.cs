using static TorchSharp.torch;

namespace ML.Robustness.PyTorch.Files;

/// <summary>A name of Python that a pickle may ask for: one of a few, none of which runs code of the file's choice.</summary>
internal sealed record PickleName(string Module, string Name)
{
    private static readonly Dictionary<string, ScalarType> Storages = new(StringComparer.Ordinal)
    {
        ["DoubleStorage"] = ScalarType.Float64,
        ["FloatStorage"] = ScalarType.Float32,
        ["HalfStorage"] = ScalarType.Float16,
        ["BFloat16Storage"] = ScalarType.BFloat16,
        ["LongStorage"] = ScalarType.Int64,
        ["IntStorage"] = ScalarType.Int32,
        ["ShortStorage"] = ScalarType.Int16,
        ["CharStorage"] = ScalarType.Int8,
        ["ByteStorage"] = ScalarType.Byte,
        ["BoolStorage"] = ScalarType.Bool,
        ["ComplexDoubleStorage"] = ScalarType.ComplexFloat64,
        ["ComplexFloatStorage"] = ScalarType.ComplexFloat32,
    };

    // Settings that checkpoints hold beside the weights.
    private static readonly HashSet<string> Types = new(StringComparer.Ordinal)
    {
        "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64",
        "complex128", "strided", "contiguous_format", "channels_last", "preserve_format",
    };

    /// <summary>The type of a storage; null for another name.</summary>
    internal ScalarType? Storage => Module == "torch" && Storages.TryGetValue(Name, out var type) ? type : null;

    /// <summary>Returns the name.</summary>
    /// <exception cref="InvalidDataException">The name is another one: it would be code.</exception>
    internal static PickleName Allowed(string module, string name)
    {
        var allowed = new PickleName(module, name);
        return allowed.Storage is not null || (module == "torch" && Types.Contains(name)) || (module, name) is
            ("collections", "OrderedDict") or ("torch", "Size" or "device")
            or ("torch._utils", "_rebuild_tensor" or "_rebuild_tensor_v2" or "_rebuild_parameter")
            ? allowed
            : throw new InvalidDataException(
                $"it asks for '{module}.{name}', which is code: only tensors and plain containers are read");
    }

    /// <summary>Does what the name stands for, with tensors and plain containers.</summary>
    /// <exception cref="InvalidDataException">The arguments are others, or the name is nothing to call.</exception>
    internal object? Call(object?[] arguments) => (Name, arguments) switch
    {
        ("OrderedDict", []) => new PickleDictionary(),
        ("OrderedDict", [object?[] or List<object?>]) => Dictionary((IEnumerable<object?>)arguments[0]!),
        ("_rebuild_tensor" or "_rebuild_tensor_v2", [StoredStorage storage, long offset, object?[] shape, object?[] strides, ..])
            => new StoredTensor(storage, Numbers(shape), Numbers(strides), offset),
        ("_rebuild_parameter", [StoredTensor tensor, ..]) => tensor,
        ("Size", [object?[] sizes]) => sizes,
        ("device", [string device, ..]) => device,
        _ => throw new InvalidDataException($"it calls {Module}.{Name} with other arguments than torch.save writes"),
    };

    private static PickleDictionary Dictionary(IEnumerable<object?> pairs)
    {
        var dictionary = new PickleDictionary();
        foreach (var pair in pairs)
        {
            if (pair is not (object?[] or List<object?>) || ((IEnumerable<object?>)pair).ToArray() is not [var key, var value])
                throw new InvalidDataException("a dictionary is made of something else than pairs");
            dictionary.Set(key, value);
        }

        return dictionary;
    }

    private static long[] Numbers(object?[] values) => Array.ConvertAll(values,
        value => value is long number ? number : throw new InvalidDataException("a size or stride is no whole number"));
}

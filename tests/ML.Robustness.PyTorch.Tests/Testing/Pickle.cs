using System.Buffers.Binary;
using System.Text;

namespace ML.Robustness.PyTorch.Tests.Testing;

/// <summary>A pickle, instruction by instruction, as <c>torch.save</c> writes it or as nobody should.</summary>
internal sealed class Pickle
{
    private readonly List<byte> _bytes = [];

    /// <summary>An ordered dictionary of tensors, the way <c>torch.save(model.state_dict(), path)</c> writes it.</summary>
    internal static Pickle StateDictionary(params (string Name, Action<Pickle> Value)[] entries) =>
        new Pickle().Protocol().OrderedDictionary(entries).Attributes().Stop();

    internal byte[] Bytes => [.. _bytes];

    internal Pickle Add(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    internal Pickle Add(char opcode) => Add((byte)opcode);

    internal Pickle Protocol(byte version = 2) => Add(0x80, version);

    internal Pickle Stop() => Add('.');

    internal Pickle Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Add('X').Number(bytes.Length).Add(bytes);
    }

    internal Pickle Global(string module, string name) => Add('c').Add(Encoding.ASCII.GetBytes($"{module}\n{name}\n"));

    /// <summary>A whole number by the shortest instruction.</summary>
    internal Pickle Whole(long number)
    {
        if (number is >= 0 and <= byte.MaxValue)
            return Add((byte)'K', (byte)number);
        if (number is >= int.MinValue and <= int.MaxValue)
            return Add('J').Number((int)number);
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return Add(0x8A, sizeof(long)).Add(bytes);
    }

    internal Pickle Tuple(params long[] numbers)
    {
        Add('(');
        foreach (var number in numbers)
            Whole(number);
        return Add('t');
    }

    internal Pickle OrderedDictionary(params (string Name, Action<Pickle> Value)[] entries) =>
        Global("collections", "OrderedDict").Add(')').Add('R').Entries(entries);

    internal Pickle Dictionary(params (string Name, Action<Pickle> Value)[] entries) => Add('}').Entries(entries);

    /// <summary>The attribute <c>_metadata</c> of a state dictionary.</summary>
    internal Pickle Attributes() => Add('}').Text("_metadata").OrderedDictionary().Add('s').Add('b');

    internal Pickle Tensor(
        string key, long count, long offset, long[] shape, long[] strides, string storage = "FloatStorage",
        string rebuild = "_rebuild_tensor_v2")
    {
        Global("torch._utils", rebuild).Add('(');
        Add('(').Text("storage").Global("torch", storage).Text(key).Text("cpu").Whole(count).Add('t').Add('Q');
        return Whole(offset).Tuple(shape).Tuple(strides).Add(0x89).OrderedDictionary().Add('t').Add('R');
    }

    private Pickle Entries((string Name, Action<Pickle> Value)[] entries)
    {
        Add('(');
        foreach (var (name, value) in entries)
            value(Text(name));
        return Add('u');
    }

    private Pickle Number(int number)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return Add(bytes);
    }
}

using System.Buffers.Binary;
using System.Text;
using ML.Robustness.Persistence;
using static ML.Robustness.PyTorch.Files.PickleOpcode;

namespace ML.Robustness.PyTorch.Files;

/// <summary>Reads the pickle of a .pth file: tensors and plain containers, and nothing that would call code.</summary>
/// <remarks>
/// No check before them makes the readers of TorchSharp.PyBridge and Razorvine.Pickle safe: which bytes a tensor takes is known
/// only once the pickle has run. They read values without the strides and the offset of the file, know flat dictionaries only,
/// and are configured for the whole process. So the instructions that <c>torch.save</c> writes are followed here, over values
/// that are nothing but data: texts, numbers, tuples (arrays), lists, dictionaries, tensors. PyBridge writes files.
/// </remarks>
internal sealed class PickleReader
{
    // So many values are those of about 100,000 tensors.
    private const int MostValues = 1 << 22, MostMarks = 1_000, LongestName = 256, LatestProtocol = 5;

    private static readonly object MarkOnStack = new(), OtherNumber = new();

    private readonly CheckedReader _reader;
    private readonly Func<PickleName, string, long, StoredStorage> _storage;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private int _values, _marks;

    private PickleReader(CheckedReader reader, Func<PickleName, string, long, StoredStorage> storage) =>
        (_reader, _storage) = (reader, storage);

    /// <summary>Reads a pickle.</summary>
    /// <param name="content">All of its bytes.</param>
    /// <param name="damaged">Makes the error of what is wrong.</param>
    /// <param name="storage">Finds a storage by its type, its name and its number of values.</param>
    /// <exception cref="InvalidDataException">The pickle is damaged, or holds more than data.</exception>
    internal static object? Read(
        byte[] content, Func<string, InvalidDataException> damaged, Func<PickleName, string, long, StoredStorage> storage)
    {
        using var stream = new MemoryStream(content);
        return CheckedReader.Read(stream, stream.Length, damaged, reader => new PickleReader(reader, storage).Run());
    }

    private object? Run()
    {
        for (var opcode = Next(); opcode != Stop; opcode = Next())
            Follow(opcode);
        return _stack.Count == 1 ? Pop() : throw new InvalidDataException($"it ends with {_stack.Count} values instead of one");
    }

    private PickleOpcode Next() => (PickleOpcode)_reader.ReadByte();

    private void Follow(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case Proto:
                if (_reader.ReadByte() is var protocol and > LatestProtocol)
                    throw new InvalidDataException($"it has protocol {protocol}, where up to {LatestProtocol} is known");
                break;
            case Frame: _reader.ReadInt64(); break;
            case Mark: PushMark(); break;
            case PickleOpcode.Pop: Pop(); break;
            case None: Push(null); break;
            case True: Push(true); break;
            case False: Push(false); break;
            case Int: Push((long)_reader.ReadInt32()); break;
            case Int1: Push((long)_reader.ReadByte()); break;
            case Int2: Push((long)_reader.ReadUInt16()); break;
            case Long1: Push(ReadLong()); break;
            case Float: Push(BinaryPrimitives.ReadDoubleBigEndian(_reader.ReadBytes(sizeof(double)))); break;
            case Unicode: Push(ReadText(_reader.ReadUInt32())); break;
            case ShortUnicode or ShortString: Push(ReadText(_reader.ReadByte())); break;
            case EmptyTuple: Push(Array.Empty<object?>()); break;
            case PickleOpcode.Tuple: Push(PopToMark()); break;
            case Tuple1: Push(PopMany(1)); break;
            case Tuple2: Push(PopMany(2)); break;
            case Tuple3: Push(PopMany(3)); break;
            case EmptyList: Push(new List<object?>()); break;
            case Append: Extend(PopMany(1)); break;
            case Appends: Extend(PopToMark()); break;
            case EmptyDictionary: Push(new PickleDictionary()); break;
            case SetItem: SetAll(PopMany(2)); break;
            case SetItems: SetAll(PopToMark()); break;
            case Put: _memo[_reader.ReadByte()] = Top(); break;
            case LongPut: _memo[_reader.ReadUInt32()] = Top(); break;
            case Memoize: _memo[(uint)_memo.Count] = Top(); break;
            case Get: Push(Remembered(_reader.ReadByte())); break;
            case LongGet: Push(Remembered(_reader.ReadUInt32())); break;
            case Global: Push(PickleName.Allowed(ReadLine(), ReadLine())); break;
            case StackGlobal: Push(NameOf(PopMany(2))); break;
            case Reduce: Push(Call(PopMany(2))); break;
            case PickleOpcode.Build: Build(PopMany(1)[0]); break;
            case PersistentId: Push(StorageOf(Pop())); break;
            case Instance:
                throw new InvalidDataException(
                    $"it makes an object of '{ReadLine()}.{ReadLine()}': only tensors and plain containers are read");
            case PickleOpcode.Object or NewObject or NewObjectWithKeywords or Extension1 or Extension2 or Extension4:
                throw new InvalidDataException(
                    $"it makes an object (instruction {opcode}): only tensors and plain containers are read");
            default:
                throw new InvalidDataException($"it has the instruction 0x{(byte)opcode:X2}, which torch.save does not write");
        }
    }

    private void Push(object? value)
    {
        if (++_values > MostValues)
            throw new InvalidDataException($"it makes more than {MostValues} values");
        _stack.Add(value);
    }

    private void PushMark()
    {
        if (++_marks > MostMarks)
            throw new InvalidDataException($"its containers are more than {MostMarks} deep");
        Push(MarkOnStack);
    }

    private object? Top() => _stack.Count > 0 && _stack[^1] != MarkOnStack ? _stack[^1]
        : throw new InvalidDataException("it takes a value where there is none");

    private object? Pop() => PopMany(1)[0];

    private object?[] PopMany(int count)
    {
        var first = _stack.Count - count;
        if (first < 0 || _stack.IndexOf(MarkOnStack, first) >= 0)
            throw new InvalidDataException("it takes a value where there is none");
        object?[] values = [.. _stack[first..]];
        _stack.RemoveRange(first, count);
        return values;
    }

    private object?[] PopToMark()
    {
        var mark = _stack.LastIndexOf(MarkOnStack);
        if (mark < 0)
            throw new InvalidDataException("it ends a container that never began");
        object?[] values = [.. _stack[(mark + 1)..]];
        _stack.RemoveRange(mark, _stack.Count - mark);
        _marks--;
        return values;
    }

    private void Extend(object?[] values)
    {
        if (Top() is not List<object?> list)
            throw new InvalidDataException("it appends to something that is no list");
        list.AddRange(values);
    }

    private void SetAll(object?[] values)
    {
        if (Top() is not PickleDictionary dictionary || values.Length % 2 != 0)
            throw new InvalidDataException("it sets items of something that is no dictionary");
        for (var i = 0; i < values.Length; i += 2)
            dictionary.Set(values[i], values[i + 1]);
    }

    // The attributes of an ordered dictionary, such as _metadata, are not needed.
    private void Build(object? state)
    {
        if (Top() is not PickleDictionary || state is not PickleDictionary)
            throw new InvalidDataException("it sets attributes of something that is no dictionary");
    }

    private object? Remembered(uint place) => _memo.TryGetValue(place, out var value) ? value
        : throw new InvalidDataException($"it refers to value {place}, which there is not");

    private static PickleName NameOf(object?[] texts) => texts is [string module, string name] ? PickleName.Allowed(module, name)
        : throw new InvalidDataException("a name is no text");

    private static object? Call(object?[] values) => values is [PickleName name, object?[] arguments] ? name.Call(arguments)
        : throw new InvalidDataException("it calls something that has no name");

    private StoredStorage StorageOf(object? value) =>
        value is object?[] and ["storage", PickleName type, string name, string, long count, ..] ? _storage(type, name, count)
            : throw new InvalidDataException("it refers to something that is no storage");

    private object ReadLong()
    {
        var bytes = _reader.ReadBytes(_reader.ReadByte());
        if (bytes.Length > sizeof(long))
            return OtherNumber;
        Span<byte> number = stackalloc byte[sizeof(long)];
        number.Fill(bytes.Length > 0 && bytes[^1] > sbyte.MaxValue ? byte.MaxValue : (byte)0);
        bytes.CopyTo(number);
        return BinaryPrimitives.ReadInt64LittleEndian(number);
    }

    private string ReadText(uint length)
    {
        _reader.RequireBytes("characters", length, 1);
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(_reader.ReadBytes((int)length));
    }

    private string ReadLine()
    {
        var line = new StringBuilder();
        for (var letter = _reader.ReadByte(); letter != '\n'; letter = _reader.ReadByte())
        {
            if (letter is < 0x20 or > 0x7E || line.Length == LongestName)
                throw new InvalidDataException($"a name is longer than {LongestName} characters, or no plain text");
            line.Append((char)letter);
        }

        return line.ToString();
    }
}

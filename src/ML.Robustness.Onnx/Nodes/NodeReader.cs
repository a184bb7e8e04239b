using ML.Robustness.Onnx.Reading;
using Onnx;
using static TorchSharp.torch;
using AttributeType = Onnx.AttributeProto.Types.AttributeType;

namespace ML.Robustness.Onnx.Nodes;

/// <summary>A node of the graph as operators read it: its attributes, each of which must be read, and its constant
/// inputs.</summary>
internal sealed class NodeReader
{
    private readonly NodeProto _node;
    private readonly Dictionary<string, AttributeProto> _attributes;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly Func<int, Tensor?> _constant;
    private readonly TensorReader _tensors;

    /// <param name="node">The node.</param>
    /// <param name="opset">The version of the operators.</param>
    /// <param name="constant">The value of an input that is the same in each run; else null.</param>
    /// <param name="tensors">Reads tensors of attributes.</param>
    internal NodeReader(NodeProto node, long opset, Func<int, Tensor?> constant, TensorReader tensors)
    {
        (_node, Opset, _constant, _tensors) = (node, opset, constant, tensors);
        _attributes = node.Attribute.GroupBy(attribute => attribute.Name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
    }

    internal long Opset { get; }

    internal int Inputs => _node.Input.Count;

    internal int Outputs => _node.Output.Count;

    /// <summary>The operator and the node's name, as errors have them.</summary>
    internal string Name => NameOf(_node);

    internal static string NameOf(NodeProto node) =>
        $"{(node.Domain is "" or "ai.onnx" ? "" : node.Domain + ".")}{node.OpType} (node '{(node.Name.Length > 0 ? node.Name
            : node.Output.FirstOrDefault())}')";

    internal bool HasInput(int place) => place < _node.Input.Count && _node.Input[place].Length > 0;

    internal bool HasOutput(int place) => place < _node.Output.Count && _node.Output[place].Length > 0;

    /// <summary>An input that must be the same in each run, as integers.</summary>
    internal long[] ConstantIntegers(int place, string what) =>
        ConstantIntegersOrNull(place) ?? throw Unsupported($"{what} that other nodes compute from the input");

    /// <summary>An input that is the same in each run, as integers; null where it is missing or is not.</summary>
    internal long[]? ConstantIntegersOrNull(int place) => Constant(place) is { } value ? Values.Integers(value) : null;

    /// <summary>An input that is the same in each run; null where it is missing or is not.</summary>
    internal Tensor? Constant(int place) => HasInput(place) ? _constant(place) : null;

    internal bool Has(string name) => _attributes.ContainsKey(name);

    internal long Integer(string name, long missing) => Find(name, AttributeType.Int)?.I ?? missing;

    internal bool Flag(string name, bool missing) => Integer(name, missing ? 1 : 0) != 0;

    internal double Number(string name, double missing) => Find(name, AttributeType.Float)?.F ?? missing;

    internal string Text(string name, string missing) => Find(name, AttributeType.String)?.S.ToStringUtf8() ?? missing;

    internal long[]? Integers(string name) => Find(name, AttributeType.Ints) is { } found ? [.. found.Ints] : null;

    internal float[]? Numbers(string name) => Find(name, AttributeType.Floats) is { } found ? [.. found.Floats] : null;

    internal string[]? Texts(string name) =>
        Find(name, AttributeType.Strings) is { } found ? [.. found.Strings.Select(text => text.ToStringUtf8())] : null;

    internal Tensor? Tensor(string name) => Find(name, AttributeType.Tensor) is { } found
        ? _tensors.Read(found.T ?? throw Damaged($"has an attribute '{name}' without its tensor")) : null;

    internal T Required<T>(T? value, string name)
        where T : class =>
        value ?? throw new InvalidDataException($"{Name} lacks its attribute '{name}'.");

    /// <summary>Marks attributes that do not change the output.</summary>
    internal void Ignore(params string[] names) => _read.UnionWith(names);

    /// <summary>Throws where the node has an attribute that nothing read.</summary>
    internal void CheckAllRead()
    {
        if (_attributes.Keys.FirstOrDefault(name => !_read.Contains(name)) is { } unread)
            throw Unsupported($"the attribute '{unread}'");
    }

    internal NotSupportedException Unsupported(string what) =>
        new($"{Name} of opset {Opset} has {what}, which is not supported. Export the network without it, or attack it by its "
            + "scores.");

    internal InvalidDataException Damaged(string what) => new($"{Name} {what}.");

    private AttributeProto? Find(string name, AttributeType type)
    {
        _read.Add(name);
        if (!_attributes.TryGetValue(name, out var attribute))
            return null;
        return attribute.Type == type
            ? attribute
            : throw new InvalidDataException($"{Name} has an attribute '{name}' of {attribute.Type} instead of {type}.");
    }
}

using ML.Robustness.Numerics;
using ML.Robustness.Onnx.Nodes;
using ML.Robustness.Onnx.Operators;
using ML.Robustness.Onnx.Reading;
using Onnx;
using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Graph;

/// <summary>Makes steps of nodes, and computes at once what does not depend on the input.</summary>
internal sealed class GraphBuilder(long opset, string output, TensorReader tensors, string file) : IDisposable
{
    private readonly HashSet<string> _read = new(StringComparer.Ordinal) { output };
    private readonly Dictionary<string, int> _slots = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private readonly HashSet<int> _sizes = [];
    private readonly HashSet<int> _shapedByData = [];

    internal List<Step> Steps { get; } = [];

    internal Dictionary<int, Tensor> Constants { get; } = [];

    internal int Slots => _names.Count;

    internal string NameOf(int slot) => _names[slot];

    internal int SlotOf(string name)
    {
        if (!_slots.TryGetValue(name, out var slot))
        {
            _slots.Add(name, slot = _names.Count);
            _names.Add(name);
        }
        return slot;
    }

    internal void Add(IEnumerable<TensorProto> initializers, List<NodeProto> nodes, GraphInput input)
    {
        using var recording = new RecordingScope();
        using var scope = NewDisposeScope();
        _read.UnionWith(nodes.SelectMany(node => node.Input));
        foreach (var initializer in initializers.Where(initializer => _read.Contains(initializer.Name)))
        {
            if (!Constants.TryAdd(SlotOf(initializer.Name), tensors.Read(initializer).DetachFromDisposeScope()))
                throw new InvalidDataException($"{file}: two tensors are called '{initializer.Name}'.");
        }
        var known = new HashSet<int>(Constants.Keys) { SlotOf(input.Name) };
        if (nodes.SelectMany(node => node.Output).FirstOrDefault(name => name.Length > 0 && known.Contains(SlotOf(name)))
            is { } twice)
            throw new InvalidDataException($"{file}: a node makes the value '{twice}', which is an input or a constant.");
        foreach (var node in nodes)
        {
            if (node.Input.FirstOrDefault(name => name.Length > 0 && !known.Contains(SlotOf(name))) is { } missing)
                throw new InvalidDataException($"{file}: {NodeReader.NameOf(node)} reads '{missing}', which nothing makes.");
            Add(node);
            known.UnionWith(node.Output.Where(_read.Contains).Select(SlotOf));
        }
    }

    private void Add(NodeProto node)
    {
        int[] inputs = [.. node.Input.Select(name => name.Length > 0 ? SlotOf(name) : -1)];
        int[] outputs = [.. node.Output.Select(name => _read.Contains(name) ? SlotOf(name) : -1)];
        var reader = new NodeReader(node, opset,
            input => Constants.GetValueOrDefault(inputs[input]), tensors);
        var definition = OperatorTable.Find(node, opset);
        if (inputs.Length < definition.LeastInputs)
            throw reader.Damaged($"has {inputs.Length} inputs instead of {definition.LeastInputs} or more");
        if (Array.IndexOf(inputs, -1, 0, definition.LeastInputs) is >= 0 and var place)
            throw reader.Damaged($"leaves out its input {place}, which is not optional");
        var operation = NodeFailure.Compile(reader, definition.Compile);
        var present = inputs.Where(slot => slot >= 0).ToArray();
        var isConstant = present.All(Constants.ContainsKey);
        int[] SlotsOf(int[] places) =>
            [.. places.Where(place => place < inputs.Length && inputs[place] >= 0).Select(place => inputs[place])];
        var weights = SlotsOf(definition.Weights);
        // Weights change while the network is trained.
        bool IsFixed(int slot) => _sizes.Contains(slot)
            || (Constants.TryGetValue(slot, out var value) && !(value.is_floating_point() && weights.Contains(slot)));
        var isOfData = present.Any(_shapedByData.Contains)
            || SlotsOf(definition.Sizes).Any(slot => !_sizes.Contains(slot) && !Constants.ContainsKey(slot));
        var isSizes = !isConstant && !isOfData && (definition.ReadsSizesOnly || present.All(IsFixed));
        if (isSizes)
            _sizes.UnionWith(outputs);
        if (isOfData)
            _shapedByData.UnionWith(outputs.Where(slot => slot >= 0));
        var step = new Step(reader.Name, operation, inputs, outputs, weights, isSizes);
        if (isConstant)
            Fold(step);
        else
            Steps.Add(step);
    }

    private void Fold(Step step)
    {
        using var quiet = no_grad();
        var outputs = NodeFailure.Run(step.Name, step.Operation,
            [.. step.Inputs.Select(slot => slot < 0 ? null! : Constants[slot])], default,
            (message, error) => new InvalidDataException($"{file}: {message}", error));
        if (outputs.Length < step.Outputs.Length)
            throw new InvalidDataException(
                $"{file}: {step.Name} names {step.Outputs.Length} outputs, but makes {outputs.Length}.");
        for (var i = 0; i < step.Outputs.Length; i++)
        {
            if (step.Outputs[i] >= 0)
                Constants.Add(step.Outputs[i], (outputs[i] ?? throw new NotSupportedException(
                    $"{file}: output {i} of {step.Name} cannot be computed: name another output."))
                    .detach().DetachFromDisposeScope());
        }
    }

    public void Dispose()
    {
        foreach (var value in Constants.Values)
            value.Dispose();
    }
}

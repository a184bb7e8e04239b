using ML.Robustness.Onnx.Nodes;
using System.Runtime.InteropServices;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
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
            place => Constants.GetValueOrDefault(inputs[place]), tensors);
        var definition = OperatorTable.Find(node, opset);
        if (inputs.Length < definition.LeastInputs)
            throw reader.Damaged($"has {inputs.Length} inputs instead of {definition.LeastInputs} or more");
        var operation = definition.Compile(reader);
        reader.CheckAllRead();
        var present = inputs.Where(slot => slot >= 0).ToArray();
        var isConstant = present.All(Constants.ContainsKey);
        var isSizes = !isConstant && (definition.ReadsSizesOnly
            || present.All(slot => Constants.ContainsKey(slot) || _sizes.Contains(slot)));
        if (isSizes)
            _sizes.UnionWith(outputs);
        int[] weights =
            [.. definition.Weights.Where(place => place < inputs.Length && inputs[place] >= 0).Select(place => inputs[place])];
        var step = new Step(reader.Name, operation, inputs, outputs, weights, isSizes);
        if (isConstant)
            Fold(step);
        else
            Steps.Add(step);
    }

    private void Fold(Step step)
    {
        using var quiet = no_grad();
        try
        {
            var outputs = step.Operation([.. step.Inputs.Select(slot => slot < 0 ? null! : Constants[slot])], default);
            for (var i = 0; i < step.Outputs.Length; i++)
            {
                if (step.Outputs[i] >= 0 && outputs[i] is { } value)
                    Constants.Add(step.Outputs[i], value.detach().DetachFromDisposeScope());
            }
        }
        catch (ExternalException error)
        {
            throw new InvalidDataException($"{file}: {step.Name} cannot be computed: {ModelCall.Reason(error)}", error);
        }
    }

    public void Dispose()
    {
        foreach (var value in Constants.Values)
            value.Dispose();
    }
}

using ML.Robustness.Onnx.Nodes;
using ML.Robustness.Onnx.Operators;
using ML.Robustness.Onnx.Reading;
using Onnx;
using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Graph;

/// <summary>
/// A graph ready to run: the nodes that its output depends on, in order; values that are the same in each run are computed once.
/// </summary>
internal sealed class GraphPlan : IDisposable
{
    private readonly List<Step> _steps = [];
    private readonly List<(int Slot, string Name)> _weights = [];
    private readonly Tensor?[] _integers;
    private readonly Dictionary<string, int> _values = new(StringComparer.Ordinal);
    private readonly SizeCache _sizes = new();
    private readonly int _input;
    private readonly int _output;

    private GraphPlan(
        GraphBuilder builder, GraphInput input, string output, string? features, bool endsBeforeSoftmax, long opset)
    {
        (Input, OutputName, EndsBeforeSoftmax, Opset) = (input, output, endsBeforeSoftmax, opset);
        (_input, _output) = (builder.SlotOf(input.Name), builder.SlotOf(output));
        _steps = builder.Steps;
        _integers = new Tensor?[builder.Slots];
        var read = _steps.SelectMany(step => step.Inputs).Append(_output).ToHashSet();
        var weights = _steps.SelectMany(step => step.Weights).ToHashSet();
        foreach (var (slot, value) in builder.Constants)
        {
            if (!read.Contains(slot))
            {
                value.Dispose();
                continue;
            }
            if (!value.is_floating_point())
            {
                _integers[slot] = value;
                continue;
            }
            var name = Unique(builder.NameOf(slot));
            _weights.Add((slot, name));
            Constants.Add((name, value, value.dim() > 0 && weights.Contains(slot)));
        }
        ReleaseAfterLastUse();
        foreach (var slot in _steps.Where(step => !step.IsSizes).SelectMany(step => step.Outputs).Where(slot => slot >= 0))
            _values.Add(builder.NameOf(slot), slot);
        FeaturesName = features is not null && _values.ContainsKey(features) ? features : null;
    }

    internal GraphInput Input { get; }

    internal string OutputName { get; }

    /// <summary>Whether the graph ends in a softmax of its classes, which is left out.</summary>
    internal bool EndsBeforeSoftmax { get; }

    internal long Opset { get; }

    /// <summary>The values that nodes compute of the input in each run, and their slots.</summary>
    internal IReadOnlyDictionary<string, int> Values => _values;

    /// <summary>The value that the last node, a linear layer, reads; null where the last node is another.</summary>
    internal string? FeaturesName { get; }

    /// <summary>The numbers of the graph, which the network registers: name, value, whether it is a weight of a layer.</summary>
    internal List<(string Name, Tensor Value, bool IsWeight)> Constants { get; } = [];

    internal static GraphPlan Of(
        GraphProto graph, long opset, TensorReader tensors, GraphChoice choice, string file)
    {
        var output = OutputOf(graph, choice.Output, file);
        var (nodes, last) = GraphOrder.Sort(graph, output, file);
        var endsBeforeSoftmax = false;
        while (choice.ReadsLogits && last is { OpType: "Identity", Domain: "" or "ai.onnx", Input.Count: 1 } same)
            last = nodes.Find(node => node.Output.Contains(same.Input[0]));
        if (choice.ReadsLogits && last is { OpType: "Softmax", Domain: "" or "ai.onnx", Input.Count: 1 } softmax
            && IsOverClasses(softmax, opset))
        {
            (output, endsBeforeSoftmax) = (softmax.Input[0], true);
            (nodes, _) = GraphOrder.Sort(graph, output, file);
        }
        var input = InputOf(graph, nodes, output, choice, file);
        var builder = new GraphBuilder(opset, output, tensors, file);
        try
        {
            builder.Add(graph.Initializer, nodes, input);
            var features = LinearEnd.InputOf(nodes, output, name => builder.Constants.ContainsKey(builder.SlotOf(name)));
            return new GraphPlan(builder, input, output, features, endsBeforeSoftmax, opset);
        }
        catch
        {
            builder.Dispose();
            throw;
        }
    }

    /// <summary>Runs the graph.</summary>
    /// <param name="input">The input, of the declared shape.</param>
    /// <param name="weight">Gives a registered number by its name.</param>
    /// <param name="hooks">Hooks that see a value by its name, and may give another that takes its place.</param>
    /// <returns>The output, outside of the current dispose scope's inner values.</returns>
    internal Tensor Run(
        Tensor input, Func<string, Tensor> weight, IEnumerable<(string Name, Func<Tensor, Tensor?> Hook)> hooks)
    {
        using var scope = NewDisposeScope();
        var values = (Tensor?[])_integers.Clone();
        foreach (var (slot, name) in _weights)
            values[slot] = weight(name);
        values[_input] = input;
        var batch = new BatchSize(input.shape[0], Input.DeclaredBatch, input.numel() / input.shape[0]);
        var known = _sizes.Find(input.shape);
        var found = known is null ? new Dictionary<int, Tensor>() : null;
        var watched = hooks.ToLookup(hook => _values[hook.Name], hook => hook.Hook);
        foreach (var step in _steps)
        {
            if (step.IsSizes && known is not null)
            {
                foreach (var slot in step.Outputs.Where(slot => slot >= 0))
                    values[slot] = known[slot];
                continue;
            }
            Run(step, values, batch, found, watched);
        }
        if (found is not null)
            _sizes.Add(input.shape, found);
        var output = values[_output]!;
        return ReferenceEquals(output, input) || _steps.Count == 0 ? output.alias().MoveToOuterDisposeScope()
            : output.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var value in _integers)
            value?.Dispose();
        _sizes.Dispose();
    }

    private static void Run(Step step, Tensor?[] values, BatchSize batch, Dictionary<int, Tensor>? sizes,
        ILookup<int, Func<Tensor, Tensor?>> watched)
    {
        var inputs = new Tensor[step.Inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
            inputs[i] = step.Inputs[i] < 0 ? null! : values[step.Inputs[i]]!;
        var outputs = NodeFailure.Run(step.Name, step.Operation, inputs, batch,
            static (message, error) => new InvalidOperationException(message, error));
        if (outputs.Length < step.Outputs.Length)
            throw new InvalidOperationException(
                $"{step.Name} names {step.Outputs.Length} outputs, but makes {outputs.Length}.");
        for (var i = 0; i < step.Outputs.Length; i++)
        {
            if (step.Outputs[i] < 0)
                continue;
            values[step.Outputs[i]] = outputs[i]
                ?? throw new NotSupportedException($"Output {i} of {step.Name} cannot be computed: name another output.");
            if (step.IsSizes)
                sizes?.Add(step.Outputs[i], outputs[i]!);
            foreach (var hook in watched[step.Outputs[i]])
                values[step.Outputs[i]] = hook(values[step.Outputs[i]]!) ?? values[step.Outputs[i]];
        }
        foreach (var slot in step.Released)
            values[slot]!.Dispose();
    }

    // Values are freed when no later node reads them; what the backward pass needs, libtorch keeps.
    private void ReleaseAfterLastUse()
    {
        var owned = _steps.Where(step => !step.IsSizes).SelectMany(step => step.Outputs)
            .Where(slot => slot >= 0 && slot != _output)
            .ToHashSet();
        var seen = new HashSet<int>();
        foreach (var step in Enumerable.Reverse(_steps))
        {
            var used = step.Inputs.Concat(step.Outputs);
            step.Released = [.. used.Where(slot => owned.Contains(slot) && seen.Add(slot))];
        }
    }

    private string Unique(string name)
    {
        // Names of parameters have no dots in TorchSharp.
        var plain = name.Length > 0 ? name.Replace('.', '_') : "value";
        while (Constants.Exists(other => other.Name == plain))
            plain += "_";
        return plain;
    }

    private static string OutputOf(GraphProto graph, string? asked, string file)
    {
        if (asked is not null)
            return graph.Node.Any(node => node.Output.Contains(asked))
                ? asked
                : throw new ArgumentException(
                    $"{file} has no value '{asked}'. Its outputs are {List(graph.Output.Select(value => value.Name))}.",
                    nameof(asked));
        return graph.Output.Count == 1
            ? graph.Output[0].Name
            : throw new ArgumentException(
                $"{file} has {graph.Output.Count} outputs, {List(graph.Output.Select(value => value.Name))}: set "
                + $"OnnxNetworkOptions.OutputName to the one with the logits.",
                nameof(file));
    }

    private static GraphInput InputOf(GraphProto graph, List<NodeProto> nodes, string output, GraphChoice choice, string file)
    {
        var asked = choice.Input;
        var known = graph.Initializer.Select(value => value.Name).ToHashSet(StringComparer.Ordinal);
        var read = nodes.SelectMany(node => node.Input).Append(output).ToHashSet(StringComparer.Ordinal);
        var inputs = graph.Input.Where(value => !known.Contains(value.Name) && read.Contains(value.Name)).ToArray();
        if (inputs.Length == 1 && (asked is null || asked == inputs[0].Name))
            return GraphInput.Of(inputs[0], choice.Row, file);
        throw new ArgumentException(
            asked is null || inputs.Length > 1
                ? $"Output '{output}' of {file} depends on {inputs.Length} inputs, {List(inputs.Select(value => value.Name))}: a "
                    + "network reads one. Export it so that it computes the others itself."
                : $"Output '{output}' of {file} does not depend on an input '{asked}', but on "
                    + $"{List(inputs.Select(value => value.Name))}.", nameof(graph));
    }

    private static bool IsOverClasses(NodeProto softmax, long opset) =>
        (softmax.Attribute.FirstOrDefault(attribute => attribute.Name == "axis")?.I ?? (opset < 13 ? 1 : -1)) is 1 or -1;

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));
}

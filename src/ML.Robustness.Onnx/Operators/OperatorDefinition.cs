using ML.Robustness.Onnx.Nodes;

namespace ML.Robustness.Onnx.Operators;

/// <summary>An operator.</summary>
/// <param name="Name">Its name; with its domain before it, where that is not ONNX's own.</param>
/// <param name="FirstOpset">The first version of ONNX's operators that is read.</param>
/// <param name="LeastInputs">The inputs that cannot be left out.</param>
/// <param name="Compile">Reads a node's attributes.</param>
internal sealed record OperatorDefinition(string Name, long FirstOpset, int LeastInputs, Func<NodeReader, Operation> Compile)
{
    /// <summary>The inputs that are weights of a layer.</summary>
    internal int[] Weights { get; init; } = [];

    /// <summary>The inputs whose values decide on sizes of the output.</summary>
    internal int[] Sizes { get; init; } = [];

    /// <summary>Whether only the sizes of the input matter.</summary>
    internal bool ReadsSizesOnly { get; init; }

    /// <summary>An operator of one output.</summary>
    internal static OperatorDefinition Of(
        string name, int leastInputs,
        Func<NodeReader, Func<global::TorchSharp.torch.Tensor[], global::TorchSharp.torch.Tensor>> compile,
        long firstOpset = 7) =>
        new(name, firstOpset, leastInputs, node =>
        {
            var compute = compile(node);
            return (inputs, _) => [compute(inputs)];
        });
}

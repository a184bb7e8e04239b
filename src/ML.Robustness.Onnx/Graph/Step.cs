using ML.Robustness.Onnx.Nodes;
namespace ML.Robustness.Onnx.Graph;

/// <summary>A node of the plan.</summary>
/// <param name="Name">The operator and the node, as errors have them.</param>
/// <param name="Operation">Computes the outputs.</param>
/// <param name="Inputs">The slots of the inputs; -1 for one left out.</param>
/// <param name="Outputs">The slots of the outputs; -1 for one that nothing reads.</param>
/// <param name="Weights">The slots of inputs that are weights of a layer.</param>
/// <param name="IsSizes">Whether the outputs depend only on the sizes of the input.</param>
internal sealed record Step(string Name, Operation Operation, int[] Inputs, int[] Outputs, int[] Weights, bool IsSizes)
{
    /// <summary>The slots that nothing reads after this node.</summary>
    internal int[] Released { get; set; } = [];
}

using ML.Robustness.Models;
using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Onnx.Nodes;

/// <summary>The one place where what goes wrong in a node becomes an error that names it.</summary>
internal static class NodeFailure
{
    /// <summary>Reads a node's attributes.</summary>
    internal static Operation Compile(NodeReader node, Func<NodeReader, Operation> compile)
    {
        try
        {
            var operation = compile(node);
            node.CheckAllRead();
            return operation;
        }
        catch (Exception error) when (IsForeign(error, node.Name))
        {
            throw new InvalidDataException($"{node.Name} has wrong attributes or constants: {ModelCall.Reason(error)}", error);
        }
    }

    /// <summary>Runs a node.</summary>
    /// <param name="name">The operator and the node.</param>
    /// <param name="operation">What it computes.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="batch">The rows of the run.</param>
    /// <param name="fail">Makes the error of a message.</param>
    internal static Tensor?[] Run(
        string name, Operation operation, Tensor[] inputs, BatchSize batch, Func<string, Exception, Exception> fail)
    {
        try
        {
            Values.SetLimit(batch, inputs);
            var outputs = operation(inputs, batch);
            foreach (var output in outputs)
            {
                if (output is not null)
                    Values.CheckSizes(output.shape);
            }
            return outputs;
        }
        catch (Exception error) when (IsForeign(error, name))
        {
            var shapes = inputs.Select(value => value is null ? "none" : $"{value.dtype} {TensorShape.Text(value)}");
            throw fail($"{name} does not take {string.Join(" and ", shapes)}: {ModelCall.Reason(error)}", error);
        }
    }

    private static bool IsForeign(Exception error, string name) => error is not OutOfMemoryException
        && !(error is InvalidDataException or NotSupportedException && error.Message.Contains(name, StringComparison.Ordinal));
}

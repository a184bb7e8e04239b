using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;

namespace ML.Robustness.Transforms.Internals;

/// <summary>The ONNX graph that <c>ConvertToOnnx</c> builds, as a step adds to it.</summary>
internal sealed class OnnxGraph(OnnxContext context)
{
    // ML.NET keeps variables under the names of columns, so that a column 'Conv' must not meet a node's output.
    private const string Own = "ML.Robustness.";

    internal bool HasColumn(string name) => context.ContainsColumn(name);

    /// <summary>The variable that holds a column at this place of the chain.</summary>
    internal string Column(string name) => context.GetVariableName(name);

    /// <summary>A variable for a column that the step adds.</summary>
    internal string NewColumn(string name, DataViewType type) => context.AddIntermediateVariable(type, name);

    /// <summary>A constant tensor of these sizes.</summary>
    internal string Constant(IEnumerable<float> values, params long[] sizes) =>
        context.AddInitializer(values, sizes, $"{Own}Constant");

    /// <summary>A constant vector of whole numbers.</summary>
    internal string Constant(params long[] values) => context.AddInitializer(values, [values.Length], $"{Own}Constant");

    /// <summary>Adds a node with one output of its own.</summary>
    /// <param name="operation">The operator, of opset 9 to 12.</param>
    /// <param name="inputs">Variables.</param>
    /// <param name="attributes">The operator's attributes: whole numbers, lists of them, numbers, or types.</param>
    /// <returns>The variable of the output.</returns>
    internal string Add(string operation, string[] inputs, params (string Name, object Value)[] attributes)
    {
        var output = context.AddIntermediateVariable(null, $"{Own}{operation}", skip: true);
        AddTo(output, operation, inputs, attributes);
        return output;
    }

    /// <summary>Adds a node whose output is a column.</summary>
    internal void AddTo(string output, string operation, string[] inputs, params (string Name, object Value)[] attributes)
    {
        var node = context.CreateNode(operation, inputs, [output], context.GetNodeName($"{Own}{operation}"), domain: "");
        foreach (var (name, value) in attributes)
        {
            switch (value)
            {
                case long number:
                    node.AddAttribute(name, number);
                    break;
                case long[] numbers:
                    node.AddAttribute(name, numbers);
                    break;
                case double number:
                    node.AddAttribute(name, number);
                    break;
                default:
                    node.AddAttribute(name, (Type)value);
                    break;
            }
        }
    }
}

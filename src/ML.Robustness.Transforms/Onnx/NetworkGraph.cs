using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Internals;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Onnx;

/// <summary>The built-in networks as nodes of an ONNX graph.</summary>
internal static class NetworkGraph
{
    /// <summary>Adds a network.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="network">A network in evaluation mode.</param>
    /// <param name="architecture">What the network is called in errors.</param>
    /// <param name="shape">The shape of a row.</param>
    /// <param name="input">The variable of the rows, (N, …) of that shape.</param>
    /// <returns>The variable of the logits, (N, K).</returns>
    /// <exception cref="InvalidOperationException">The network is none of the built-in ones.</exception>
    internal static string Add(
        OnnxGraph graph, Module<Tensor, Tensor> network, ModelArchitecture architecture, InputShape shape, string input)
    {
        var weights = new NetworkWeights(graph, network);
        return network switch
        {
            ConvNet => ConvNetGraph.Add(weights, shape, input),
            ResidualNet => ResidualNetGraph.Add(weights, input),
            MultilayerPerceptron => MultilayerPerceptronGraph.Add(weights, shape, input),
            InputNormalization => InputNormalizationGraph.Add(weights, shape, input),
            Sequential layers => layers.children().Aggregate(input,
                (values, layer) => Add(graph, (Module<Tensor, Tensor>)layer, architecture, shape, values)),
            _ => throw new InvalidOperationException(
                $"The architecture '{architecture}' cannot be exported to ONNX: {network.GetType().Name} is not one of "
                    + $"{nameof(ConvNet)}, {nameof(ResidualNet)} and {nameof(MultilayerPerceptron)}, with or without "
                    + $"{nameof(InputNormalization)}. Train one of these, or write the network's own nodes with an ONNX "
                    + "library and the weights of Network.state_dict()."),
        };
    }
}

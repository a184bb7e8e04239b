using ML.Robustness.Transforms.Internals;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Onnx;

/// <summary>A network's layers of weights, which become nodes by their names.</summary>
internal sealed class NetworkWeights(OnnxGraph graph, Module network)
{
    // TorchSharp's default, which the built-in networks keep.
    private const double BatchNormEpsilon = 1e-5;

    private readonly Dictionary<string, Tensor> _tensors = network.state_dict();

    internal OnnxGraph Graph => graph;

    internal bool Has(string layer) => _tensors.ContainsKey($"{layer}.weight");

    /// <summary>A tensor of weights as a constant of its own sizes, or of these.</summary>
    internal string Constant(string name, params long[] sizes)
    {
        using var scope = NewDisposeScope();
        var tensor = _tensors[name].detach().to(ScalarType.Float32).cpu().contiguous();
        return graph.Constant(tensor.data<float>().ToArray(), sizes.Length > 0 ? sizes : tensor.shape);
    }

    /// <summary>A linear layer with a bias.</summary>
    internal string Linear(string layer, string input) =>
        graph.Add("Gemm", [input, Constant($"{layer}.weight"), Constant($"{layer}.bias")], ("transB", 1L));

    /// <summary>A convolution whose padding keeps the size where the stride is 1.</summary>
    internal string Convolution(string layer, string input, long stride = 1)
    {
        var size = _tensors[$"{layer}.weight"].shape[^1];
        string[] bias = _tensors.ContainsKey($"{layer}.bias") ? [Constant($"{layer}.bias")] : [];
        var padding = size / 2;
        return graph.Add("Conv", [input, Constant($"{layer}.weight"), .. bias],
            ("kernel_shape", new[] { size, size }), ("strides", new[] { stride, stride }),
            ("pads", new[] { padding, padding, padding, padding }));
    }

    /// <summary>A batch normalisation by the running mean and variance.</summary>
    internal string BatchNormalization(string layer, string input) => graph.Add("BatchNormalization",
        [
            input, Constant($"{layer}.weight"), Constant($"{layer}.bias"), Constant($"{layer}.running_mean"),
            Constant($"{layer}.running_var"),
        ], ("epsilon", BatchNormEpsilon));

    internal string Rectifier(string input) => graph.Add("Relu", [input]);
}

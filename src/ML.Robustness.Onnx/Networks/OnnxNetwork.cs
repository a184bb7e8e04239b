using ML.Robustness.Layers;
using ML.Robustness.Onnx.Graph;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Onnx.Networks;

/// <summary>An ONNX graph as a differentiable network: from one input of numbers to one output.</summary>
/// <remarks>
/// <para>
/// The weights of layers are parameters, all other numbers buffers, in float32 on the CPU; <c>to</c> moves and converts them.
/// Batch statistics are those of the file, in training too. Inputs have the shape that the file declares, in batches of any
/// size, also where the file declares one.
/// </para>
/// <para>
/// A graph whose output is a softmax of its classes is read up to the logits before it, since attacks need them:
/// <see cref="Outputs"/> says so.
/// </para>
/// <para>
/// Grad-CAM and features name a value of the graph for a layer (<see cref="ML.Robustness.Models.FeatureExtractor.Of"/>).
/// Without a name, the features are what enters a Gemm or MatMul at the end.
/// </para>
/// </remarks>
public sealed class OnnxNetwork : Module<Tensor, Tensor>, IValueNetwork
{
    private readonly GraphPlan _plan;

    private OnnxNetwork(GraphPlan plan)
        : base(nameof(OnnxNetwork))
    {
        _plan = plan;
        foreach (var (name, value, isWeight) in plan.Constants)
        {
            if (isWeight)
                register_parameter(name, new Parameter(value, requires_grad: true));
            else
                register_buffer(name, value);
        }
        RegisterComponents();
    }

    /// <summary>The graph's input.</summary>
    public string InputName => _plan.Input.Name;

    /// <summary>The sizes of the input that the file declares, the batch first; null where it leaves one open.</summary>
    public IReadOnlyList<long?> InputShape => _plan.Input.Shape;

    /// <summary>The graph's output.</summary>
    public string OutputName => _plan.OutputName;

    /// <summary>What the outputs are.</summary>
    public OnnxOutputs Outputs => _plan.EndsBeforeSoftmax ? OnnxOutputs.LogitsBeforeSoftmax : OnnxOutputs.Values;

    /// <summary>The version of ONNX's operators that the file asks for.</summary>
    public long Opset => _plan.Opset;

    IEnumerable<string> IValueNetwork.ValueNames => _plan.Values.Keys;

    string? IValueNetwork.FeaturesName => _plan.FeaturesName;

    /// <summary>Loads a network.</summary>
    /// <param name="path">The file; data that it keeps in files beside it must be in its folder or below.</param>
    /// <param name="options">Which input and output; null where the graph has one of each.</param>
    /// <returns>The network in evaluation mode, on the CPU; the caller disposes.</returns>
    /// <exception cref="IOException">The file, or one with its data, is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is no ONNX model, is damaged or contradicts itself.</exception>
    /// <exception cref="NotSupportedException">The graph has an operator, or an attribute of one, that is not
    /// supported.</exception>
    /// <exception cref="ArgumentException">The graph has several inputs or outputs, or not the ones asked for.</exception>
    public static OnnxNetwork Load(string path, OnnxNetworkOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Of(OnnxFile.Read(path), options);
    }

    /// <summary>Reads a network from the content of a file.</summary>
    /// <param name="content">The bytes of the file, which must hold all of its data.</param>
    /// <param name="options">Which input and output; null where the graph has one of each.</param>
    /// <returns>The network in evaluation mode, on the CPU; the caller disposes.</returns>
    /// <exception cref="InvalidDataException">The content is no ONNX model, is damaged or contradicts itself.</exception>
    /// <exception cref="NotSupportedException">The graph has an operator, or an attribute of one, that is not
    /// supported.</exception>
    /// <exception cref="ArgumentException">The graph has several inputs or outputs, or not the ones asked for.</exception>
    public static OnnxNetwork Read(byte[] content, OnnxNetworkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(content);
        return Of(OnnxFile.Read(content), options);
    }

    /// <param name="file">The file.</param>
    /// <param name="options">Which input and output.</param>
    /// <param name="readsLogits">Whether a softmax at the end is left out although it is named.</param>
    internal static OnnxNetwork Of(OnnxFile file, OnnxNetworkOptions? options, bool readsLogits = false) =>
        new(file.Plan(new GraphChoice(
            options?.InputName, options?.OutputName, options?.InputShape, readsLogits || options?.OutputName is null)));

    /// <summary>Runs the graph.</summary>
    /// <param name="input">Inputs of the shape that the file declares, any number of rows, of the weights' type and
    /// device.</param>
    /// <returns>The output; the caller disposes.</returns>
    /// <exception cref="ArgumentException">The inputs have another shape or type.</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _plan.Input.Check(input);
        return _plan.Run(input, name => _internal_params.TryGetValue(name, out var weight) ? weight : get_buffer(name)!,
            PassHooks.ValueHooksOf(this));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _plan.Dispose();
        base.Dispose(disposing);
    }
}

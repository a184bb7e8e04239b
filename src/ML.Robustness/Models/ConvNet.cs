using ML.Robustness.Data;
using ML.Robustness.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>A small convolutional network: two stages of convolution, rectifier and pooling, then two linear layers.</summary>
/// <remarks>
/// 3×3 convolutions of <c>width</c> and 2·<c>width</c> channels, 2×2 max pooling (odd sizes round up), a hidden layer. Pooling
/// comes before the rectifier, which gives the same values and gradients over a quarter of the pixels. Activations lie
/// channels-last.
/// </remarks>
public sealed class ConvNet : Module<Tensor, Tensor>, IFeatureModel
{
    private readonly InputShape _input;
    private readonly Conv2d first;
    private readonly Conv2d second;
    private readonly Linear hiddenLayer;
    private readonly Linear output;

    /// <summary>Creates the network with random weights.</summary>
    /// <param name="input">The shape of an image, of any size and number of channels.</param>
    /// <param name="classes">Two or more.</param>
    /// <param name="width">Channels of the first convolution.</param>
    /// <param name="hidden">Units of the hidden layer.</param>
    /// <exception cref="ArgumentException">The input is a vector, a size is below one, or there are fewer than two
    /// classes.</exception>
    public ConvNet(InputShape input, int classes, int width = 32, int hidden = 128)
        : base(LibTorch.Loaded(nameof(ConvNet)))
    {
        NetworkInput.CheckImage(nameof(ConvNet), input, classes);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(hidden, 1);
        _input = input;
        first = Conv2d(input.Channels, width, 3, 1, 1, device: CPU, dtype: ScalarType.Float32);
        second = Conv2d(width, 2L * width, 3, 1, 1, device: CPU, dtype: ScalarType.Float32);
        hiddenLayer = Linear(2L * width * Quarter(input.Height) * Quarter(input.Width), hidden, device: CPU,
            dtype: ScalarType.Float32);
        output = Linear(hidden, classes, device: CPU, dtype: ScalarType.Float32);
        RegisterComponents();
    }

    /// <summary>Computes the logits.</summary>
    /// <param name="input">(N, C, H, W) of the network's input shape.</param>
    /// <returns>(N, classes); the caller disposes.</returns>
    /// <exception cref="ArgumentException">The input has another shape.</exception>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Classify(Extract(input).Values).MoveToOuterDisposeScope();
    }

    /// <summary>Computes the features: the hidden layer, and the feature maps of the second stage.</summary>
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input has another shape.</exception>
    public NetworkFeatures Extract(Tensor input, bool passesRectifier = false)
    {
        NetworkInput.Check(nameof(ConvNet), _input, input);
        using var scope = NewDisposeScope();
        var maps = Halve(second.call(Halve(first.call(ChannelsLast.Of(input)))));
        var values = Rectifier.Apply(hiddenLayer.call(maps.flatten(1)), passesRectifier);
        return new NetworkFeatures(values.MoveToOuterDisposeScope(), maps.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public Tensor Classify(Tensor features) => output.call(features);

    private static Tensor Halve(Tensor values) =>
        functional.relu(functional.max_pool2d(values, [2, 2], [2, 2], [0, 0], [1, 1], true));

    /// <summary>The size after two halvings, rounded up.</summary>
    private static int Quarter(int size) => (((size + 1) / 2) + 1) / 2;
}

using ML.Robustness.Data;
using ML.Robustness.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Models;

/// <summary>The 18-layer residual network for small images, with a 3×3 first convolution and no pooling after it.</summary>
/// <remarks>
/// Four stages of two basic blocks, <c>width</c>·(1, 2, 4, 8) channels, the last three halving the image; batch normalisation;
/// average pooling; one linear layer (He et al., <see href="https://arxiv.org/abs/1512.03385"/>). All lies in default strides:
/// channels-last, libtorch 2.10's weights' gradient of a 1×1 convolution of stride 2 writes outside its memory below 8 channels.
/// </remarks>
public sealed class ResidualNet : Module<Tensor, Tensor>, IFeatureModel
{
    private readonly InputShape _input;
    private readonly Conv2d stem;
    private readonly BatchNormalization stemNormalization;
    private readonly ResidualBlock[] _blocks = new ResidualBlock[8];
    private readonly Linear output;

    /// <summary>Creates the network with random weights.</summary>
    /// <param name="input">The shape of an image, of any size and number of channels.</param>
    /// <param name="classes">Two or more.</param>
    /// <param name="width">Channels of the first stage.</param>
    /// <exception cref="ArgumentException">The input is a vector, a size is below one, or there are fewer than two
    /// classes.</exception>
    public ResidualNet(InputShape input, int classes, int width = 64)
        : base(LibTorch.Loaded(nameof(ResidualNet)))
    {
        NetworkInput.CheckImage(nameof(ResidualNet), input, classes);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        _input = input;
        stem = Conv2d(input.Channels, width, 3, 1, 1, bias: false, device: CPU, dtype: ScalarType.Float32);
        stemNormalization = new BatchNormalization(width);
        var channels = width;
        for (var stage = 0; stage < 4; stage++)
        {
            var wider = width << stage;
            _blocks[2 * stage] = new ResidualBlock(channels, wider, stage == 0 ? 1 : 2);
            _blocks[(2 * stage) + 1] = new ResidualBlock(wider, wider, 1);
            channels = wider;
        }
        output = Linear(channels, classes, device: CPU, dtype: ScalarType.Float32);
        // In the order in which they run, by which layers are shown and shuffled.
        register_module(nameof(stem), stem);
        register_module(nameof(stemNormalization), stemNormalization);
        for (var i = 0; i < _blocks.Length; i++)
            register_module($"block{i}", _blocks[i]);
        register_module(nameof(output), output);
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

    /// <summary>Computes the features: the means of the last block's feature maps, and the maps.</summary>
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input has another shape.</exception>
    public NetworkFeatures Extract(Tensor input, bool passesRectifier = false)
    {
        NetworkInput.Check(nameof(ResidualNet), _input, input);
        using var scope = NewDisposeScope();
        var maps = functional.relu(stemNormalization.call(stem.call(input)));
        for (var i = 0; i < _blocks.Length; i++)
            maps = passesRectifier && i == _blocks.Length - 1 ? _blocks[i].Apply(maps, passesRectifier: true)
                : _blocks[i].call(maps);
        return new NetworkFeatures(maps.mean([2, 3]).MoveToOuterDisposeScope(), maps.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public Tensor Classify(Tensor features) => output.call(features);
}

using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureVisualization;

/// <summary>Shows what the units of a network's first layer look for: their weights as images.</summary>
public static class FirstLayerWeights
{
    /// <summary>
    /// The weights of the first layer that has some: a convolution's kernels, or a linear layer's rows in the input's shape.
    /// </summary>
    /// <param name="model">The network; its parameters are taken in the order in which it registered them.</param>
    /// <param name="input">The shape of a row of inputs.</param>
    /// <returns>(units, C, H, W), or (units, length) for vectors, float32 on the CPU; the caller disposes.</returns>
    /// <exception cref="ArgumentException">The network has no such layer, or its first one does not fit the shape.</exception>
    public static Tensor Weights(Module<Tensor, Tensor> model, InputShape input)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var use = NativeLifetime.UseOf(model);
        var (name, weights) = model.named_parameters().FirstOrDefault(entry => entry.parameter.dim() is 2 or 4);
        if (weights is null)
            throw new ArgumentException(
                $"The network {model.GetType().Name} has neither a convolution nor a linear layer, so there are no first weights "
                + $"to show.", nameof(model));
        var shape = weights.shape;
        if (shape.Length == 2 ? shape[1] != input.Length : !input.IsImage || shape[1] != input.Channels)
            throw new ArgumentException(
                $"The first weights, '{name}' {TensorShape.Text(shape)}, do not read inputs of shape {input}: give the shape of "
                + $"the network's inputs, and register layers in the order in which they run.", nameof(input));
        var values = weights.detach().cpu().to(ScalarType.Float32);
        // A copy, in the default layout: what is on the CPU already would be the network's own weights.
        return (shape.Length == 2 ? values.reshape(input.Batch(shape[0])) : values).contiguous().clone()
            .MoveToOuterDisposeScope();
    }

    /// <summary>The same weights as images.</summary>
    /// <param name="model">The network; its parameters are taken in the order in which it registered them.</param>
    /// <param name="input">The shape of a row of inputs.</param>
    /// <returns>
    /// Of the shape of <see cref="Weights"/>, in [0, 1]: ½ + w / (2 max |w|), each unit on its own scale, so that 0.5 is a weight
    /// of zero. The caller disposes.
    /// </returns>
    /// <exception cref="ArgumentException">The network has no such layer, or its first one does not fit the shape.</exception>
    public static Tensor Images(Module<Tensor, Tensor> model, InputShape input)
    {
        using var scope = NewDisposeScope();
        var weights = Weights(model, input);
        // A unit whose weights are all zero is grey all over.
        var largest = weights.abs().flatten(1).max(1).values.clamp_min_(Kept(RowBroadcast.Smallest(weights.dtype)));
        return weights.div_(RowBroadcast.Spread(largest, weights)).mul_(Kept(0.5)).add_(Kept(0.5), One).MoveToOuterDisposeScope();
    }
}

using System.Runtime.InteropServices;
using ML.Robustness.Layers;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Attribution;

/// <summary>
/// Where the last feature maps speak for the score: a coarse map, without signs, that follows objects rather than pixels.
/// </summary>
/// <remarks>
/// relu(Σ_c mean(∂score/∂A_c) · A_c), enlarged bilinearly to the image; Selvaraju et al.,
/// <see href="https://arxiv.org/abs/1610.02391"/>. The map is spread evenly over the input's channels, so that their sum is the
/// map. Networks say what their last maps are as <see cref="IFeatureModel"/>, and so does a Sequential that ends in one or in a
/// Linear layer; of any other network <see cref="Layer"/> names them.
/// </remarks>
public sealed class GradCam : AttributionMethod
{
    /// <summary>The layer whose output is taken for the feature maps.</summary>
    /// <value>
    /// The name of a sub-module as <c>named_modules()</c> has it, for example <c>layer4</c>, or of a value of an ONNX graph; its
    /// output must be (N, C, H, W). The default is null: the last maps of a network that tells them.
    /// </value>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public string? Layer { get; init => field = ArgumentChecks.NotEmptyOrNull(value); }

    /// <inheritdoc/>
    public override string ToString() => Layer is null ? base.ToString() : $"{base.ToString()}(layer {Layer})";

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The inputs are not images, or the network has no feature maps.</exception>
    protected internal override Tensor Explain(AttributionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var scope = NewDisposeScope();
        var shape = context.Inputs.shape;
        if (shape.Length != 4)
            throw new ArgumentException($"Grad-CAM explains images (N, C, H, W), got {TensorShape.Text(shape)}.");
        var (maps, gradient) = Maps(context);
        using var quiet = no_grad();
        var weights = gradient.mean([2, 3], keepdim: true);
        var coarse = maps.detach().mul(weights).sum(1).relu_();
        var fine = Enlarge(coarse, shape[2], shape[3]).div_(Kept(shape[1]));
        return fine.unsqueeze(1).expand(shape).contiguous().MoveToOuterDisposeScope();
    }

    private (Tensor Maps, Tensor Gradient) Maps(AttributionContext context)
    {
        using var recording = enable_grad();
        context.Cancellation.ThrowIfCancellationRequested();
        // The input needs a gradient so that the maps, whose layers are frozen, have a graph behind them that can be followed.
        var variable = context.Inputs.detach().requires_grad_(true);
        NetworkFeatures found;
        Tensor logits;
        try
        {
            var features = FeatureExtractor.Of(context.Model, Layer);
            found = ModelCall.Extract(features, variable);
            logits = found.Logits ?? features.Classify(found.Values);
        }
        catch (ExternalException error)
        {
            throw ModelCall.Failed(variable, error);
        }
        catch (ArgumentException) when (Layer is null && new LayerShapes(context.Model, context.Inputs).FeatureMaps is not null)
        {
            throw WithoutMaps(context);
        }
        ModelCall.CheckLogits(variable, logits);
        if (found.Maps is not { } maps)
            throw WithoutMaps(context);
        if (!maps.requires_grad)
            throw new InvalidOperationException(
                "The network's feature maps are detached from its input, so the score has no gradient to them.");
        ModelCall.CheckGradient(logits, "Gradient attributions");
        return (maps, ModelCall.Backward(context.Pick(logits), maps));
    }

    private ArgumentException WithoutMaps(AttributionContext context)
    {
        var shapes = new LayerShapes(context.Model, context.Inputs);
        var layers = shapes.FeatureMaps;
        var network = LayerNames.Unwrapped(context.Model).GetType().Name;
        var needs = Layer is not null
            ? $"Grad-CAM needs feature maps (N, C, H, W), and layer '{Layer}' gives "
                + shapes.ShapeOf(LayerNames.Find(context.Model, Layer))
            : $"Grad-CAM needs a network with feature maps (N, C, H, W), and {network} "
                + (layers is null ? "has none" : "does not tell which are its last ones");
        return new ArgumentException(layers is null
            ? $"{needs}: take a convolutional network, or another method."
            : $"{needs}: set GradCam.Layer to a layer that gives such maps. Those of this network are {layers}.");
    }

    /// <summary>Bilinear interpolation, pixel centres kept in place: (N, h, w) to (N, H, W).</summary>
    private static Tensor Enlarge(Tensor maps, long height, long width)
    {
        var (rows, columns) = (Interpolation(maps.shape[1], height, maps), Interpolation(maps.shape[2], width, maps));
        return rows.matmul(maps).matmul(columns.t());
    }

    /// <summary>(to, from): which of a line's values a longer line's pixel mixes, and in what shares.</summary>
    private static Tensor Interpolation(long from, long to, Tensor like)
    {
        var shares = new double[to * from];
        for (var i = 0; i < to; i++)
        {
            var place = Math.Clamp((i + 0.5) * from / to - 0.5, 0, from - 1);
            var low = (long)place;
            var high = Math.Min(low + 1, from - 1);
            shares[i * from + low] += 1 - (place - low);
            shares[i * from + high] += place - low;
        }
        return AlignedTensor.Of(shares).to(like.dtype, like.device).reshape(to, from);
    }
}

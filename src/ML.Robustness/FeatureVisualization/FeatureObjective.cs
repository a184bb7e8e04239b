using System.Globalization;
using System.Runtime.InteropServices;
using ML.Robustness.Layers;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureVisualization;

/// <summary>
/// A number that a network computes of each row, to be made large or looked at: a logit, a unit, a channel, a direction.
/// </summary>
/// <remarks>
/// Units and channels are those of <see cref="IFeatureModel"/>, or of a layer that is named
/// (<see cref="FeatureExtractor.Of"/>). Gradients pass the last rectifier as though it were not there, so
/// that a unit that is silent at the start can wake. An objective of your own overrides <see cref="Score"/>, and
/// <see cref="Slice"/> where it holds something for each row.
/// </remarks>
public abstract class FeatureObjective
{
    /// <summary>Creates the objective of a class's logit.</summary>
    /// <param name="index">The class, from zero.</param>
    /// <returns>The logit itself, before any softmax.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
    public static FeatureObjective Logit(int index) =>
        new Column("class", NotNegative(index), (model, inputs) => ModelCall.Forward(model, inputs));

    /// <summary>Creates the objective of a class's probability, as its logarithm.</summary>
    /// <param name="index">The class, from zero.</param>
    /// <returns>log softmax: it rises also by what speaks against the other classes.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
    public static FeatureObjective LogProbability(int index) =>
        new Column(
            "class", NotNegative(index), (model, inputs) => ModelCall.Forward(model, inputs).log_softmax(1))
        {
            Title = "log probability of class"
        };

    /// <summary>Creates the objective of a penultimate feature, or of one of a layer.</summary>
    /// <param name="index">The feature's place in <see cref="NetworkFeatures.Values"/>, from zero.</param>
    /// <param name="layer">The layer, as <see cref="FeatureExtractor.Of"/> names it; null for the penultimate features.</param>
    /// <returns>The feature's value.</returns>
    /// <exception cref="ArgumentException"><paramref name="layer"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
    public static FeatureObjective Unit(int index, string? layer = null)
    {
        ArgumentChecks.NotEmptyOrNull(layer, nameof(layer));
        return new Column("unit", NotNegative(index), (model, inputs) => FeaturesOf(model, inputs, layer)) { Layer = layer };
    }

    /// <summary>Creates the objective of a channel of the last feature maps, or of those of a layer.</summary>
    /// <param name="index">The channel's place in <see cref="NetworkFeatures.Maps"/>, from zero.</param>
    /// <param name="layer">The layer, as <see cref="FeatureExtractor.Of"/> names it; null for the last feature maps.</param>
    /// <returns>The channel's mean over all places.</returns>
    /// <remarks>
    /// Where maps are followed by further layers, their rectifier is not the last one: a channel that is silent everywhere at the
    /// start stays so. Start elsewhere then, or name the rectifier's layer.
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="layer"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
    public static FeatureObjective Channel(int index, string? layer = null)
    {
        ArgumentChecks.NotEmptyOrNull(layer, nameof(layer));
        return new Column("channel", NotNegative(index), (model, inputs) => ChannelsOf(model, inputs, layer)) { Layer = layer };
    }

    /// <summary>
    /// Creates the objective of a direction among the penultimate features, such as the difference of two classes' means.
    /// </summary>
    /// <param name="direction">One finite number for each feature; not normalised.</param>
    /// <returns>The features' product with the direction.</returns>
    /// <exception cref="ArgumentException">The direction is empty, or a number is not finite.</exception>
    public static FeatureObjective Direction(params double[] direction) => DirectionOf(direction, null);

    /// <summary>Creates the objective of a direction among the features of a layer.</summary>
    /// <param name="direction">One finite number for each feature; not normalised.</param>
    /// <param name="layer">The layer, as <see cref="FeatureExtractor.Of"/> names it; null for the penultimate features.</param>
    /// <returns>The features' product with the direction.</returns>
    /// <exception cref="ArgumentException">The direction or the name is empty, or a number is not finite.</exception>
    public static FeatureObjective Direction(IEnumerable<double> direction, string? layer)
    {
        ArgumentNullException.ThrowIfNull(direction);
        ArgumentChecks.NotEmptyOrNull(layer, nameof(layer));
        return DirectionOf([.. direction], layer);
    }

    /// <summary>Computes the objective.</summary>
    /// <param name="model">The network, in evaluation mode, its parameters without gradients.</param>
    /// <param name="inputs">(N, …), whose gradient may be asked for.</param>
    /// <returns>(N), one number for each row that depends on this row only, in the graph of the inputs.</returns>
    protected internal abstract Tensor Score(Module<Tensor, Tensor> model, Tensor inputs);

    /// <summary>
    /// Returns the objective for some of the rows; overridden by an objective that holds something for each row.
    /// </summary>
    /// <param name="first">The first row's position in the batch.</param>
    /// <param name="count">The number of rows.</param>
    /// <returns>
    /// An objective whose <see cref="Score"/> fits these rows. The default is the objective itself, which is the same for all
    /// rows.
    /// </returns>
    protected internal virtual FeatureObjective Slice(long first, long count) => this;

    /// <summary>The value that <see cref="Score"/> returned, its shape checked.</summary>
    internal Tensor Measure(Module<Tensor, Tensor> model, Tensor inputs)
    {
        Tensor scores;
        try
        {
            scores = Score(model, inputs);
        }
        catch (ExternalException error)
        {
            throw ModelCall.Failed(inputs, error);
        }
        return scores is not null && scores.dim() == 1 && scores.shape[0] == inputs.shape[0] && scores.is_floating_point()
            ? scores
            : throw new InvalidOperationException(
                $"{GetType().Name}.Score must return one floating-point number for each of the {inputs.shape[0]} rows, got "
                + $"{(scores is null ? "null" : $"{scores.dtype} {TensorShape.Text(scores)}")}.");
    }

    private static Tensor FeaturesOf(Module<Tensor, Tensor> model, Tensor inputs, string? layer)
    {
        using var scope = NewDisposeScope();
        return ModelCall.Extract(FeatureExtractor.Of(model, layer), inputs, passesRectifier: true).Values
            .MoveToOuterDisposeScope();
    }

    private static Tensor ChannelsOf(Module<Tensor, Tensor> model, Tensor inputs, string? layer)
    {
        using var scope = NewDisposeScope();
        var maps = ModelCall.Extract(FeatureExtractor.Of(model, layer), inputs, passesRectifier: true).Maps;
        if (maps is not null)
            return maps.mean([2, 3]).MoveToOuterDisposeScope();
        var shapes = new LayerShapes(model, inputs);
        var whose = layer is null
            ? $"The network {LayerNames.Unwrapped(model).GetType().Name} {(shapes.FeatureMaps is null ? "has" : "tells")} no "
                + "feature maps"
            : $"Layer '{layer}' gives no feature maps (N, C, H, W) but {shapes.ShapeOf(LayerNames.Find(model, layer))}";
        throw new ArgumentException(shapes.FeatureMaps is { } layers
            ? $"{whose}, so it has no channels: name a layer that gives some. Those of this network are {layers}."
            : $"{whose}, so it has no channels: take a unit, or a convolutional network.");
    }

    private static AlongDirection DirectionOf(double[] direction, string? layer)
    {
        ArgumentNullException.ThrowIfNull(direction);
        if (direction.Length == 0 || !Array.TrueForAll(direction, double.IsFinite))
            throw new ArgumentException(
                "A direction needs one finite number for each feature of the network.", nameof(direction));
        return new AlongDirection((double[])direction.Clone(), layer);
    }

    private static int NotNegative(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return index;
    }

    private sealed class Column(string kind, int index, Func<Module<Tensor, Tensor>, Tensor, Tensor> table) : FeatureObjective
    {
        public string Title { get; init; } = kind == "class" ? "logit of class" : kind;

        public string? Layer { get; init; }

        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"{Title} {index}{(Layer is null ? "" : $" of {Layer}")}");

        protected internal override Tensor Score(Module<Tensor, Tensor> model, Tensor inputs)
        {
            using var scope = NewDisposeScope();
            var values = table(model, inputs); // (N, size)
            var size = values.shape[1];
            return index < size
                ? values.select(1, index).MoveToOuterDisposeScope()
                : throw new ArgumentException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"There is no {kind} {index}: the network has {size}, numbered 0…{size - 1}."));
        }
    }

    private sealed class AlongDirection(double[] direction, string? layer) : FeatureObjective
    {
        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"direction of {direction.Length} units")
            + (layer is null ? "" : $" of {layer}");

        protected internal override Tensor Score(Module<Tensor, Tensor> model, Tensor inputs)
        {
            using var scope = NewDisposeScope();
            var values = FeaturesOf(model, inputs, layer);
            var size = values.shape[1];
            if (size != direction.Length)
                throw new ArgumentException(
                    $"The direction has {direction.Length} numbers but the network has {size} features: give one for each.");
            return values.mul(tensor(direction, device: CPU).to(values.dtype, values.device)).sum(1).MoveToOuterDisposeScope();
        }
    }
}

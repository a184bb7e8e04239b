using System.Runtime.InteropServices;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureDatasets;

/// <summary>
/// Moves another row to the features of each row: the robust ones with an adversarially trained network (D_R), the non-robust
/// ones with a standard network (D_NR).
/// </summary>
/// <remarks>
/// Minimises ‖g(x′) − g(x)‖ / ‖g(x)‖, g the penultimate features or those of <see cref="Layer"/>, from another row on: x′ ←
/// clip(x′ − α ∇/‖∇‖) (Ilyas et al., <see href="https://arxiv.org/abs/1905.02175"/>; α = 0.1, 1000 steps). There is no ball.
/// As in the paper's code, gradients pass the last rectifier, so that units which are silent at the start can be reached.
/// Unlike there, a step is no longer than it would take a linear network to match (Polyak's step), so that the search settles
/// instead of swinging about its end. The label stays.
/// </remarks>
public sealed class FeatureMatching : FeatureDatasetMethod
{
    internal const int DefaultSteps = 200;
    internal const double DefaultStepSize = 0.1;

    private const double Tiny = 1e-30;

    private readonly InitialRows _starts;

    /// <summary>Creates the method.</summary>
    /// <param name="starts">The rows that searches start from; they stay the caller's.</param>
    /// <param name="range">The values that inputs may hold. The default is <see cref="ValueRange.Unit"/>.</param>
    public FeatureMatching(InitialRows starts, ValueRange? range = null)
    {
        ArgumentNullException.ThrowIfNull(starts);
        _starts = starts;
        Bounds = ThreatModel.Unbounded(range);
    }

    /// <summary>The number of steps, each a pass forward and backward.</summary>
    /// <value>One or more. The default is 200; the paper took 1000.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Steps { get; init => field = ArgumentChecks.AtLeast(value, 1); } = DefaultSteps;

    /// <summary>The Euclidean length of a step, in the input's units.</summary>
    /// <value>A finite number above zero. The default is 0.1, the paper's.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative or not finite.</exception>
    public double StepSize { get; init => field = ArgumentChecks.Positive(value); } = DefaultStepSize;

    /// <summary>The layer whose output is matched.</summary>
    /// <value>
    /// A name as <see cref="FeatureExtractor.Of"/> takes it. The default is null: the penultimate features.
    /// </value>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public string? Layer { get; init => field = ArgumentChecks.NotEmptyOrNull(value); }

    private protected override ThreatModel Bounds { get; }

    private protected override void Check(Module<Tensor, Tensor> model) =>
        FeatureExtractor.Of(model, Layer);

    private protected override FeatureDatasetRows Make(FeatureDatasetBatch pass)
    {
        var features = FeatureExtractor.Of(pass.Model, Layer);
        var places = _starts.Draw(pass.Random, pass.Inputs.shape[0]);
        var targets = Features(features, pass.Inputs, records: false);
        var candidates = Starts(places, pass.Inputs);
        for (var step = 0; step < Steps; step++)
        {
            pass.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var former = candidates;
            candidates = Step(features, former, targets).MoveToOuterDisposeScope();
            former.Dispose();
        }
        var found = QuantizeToBytes ? candidates.mul(Kept(255)).round_().div_(Kept(255)) : candidates;
        return new FeatureDatasetRows(found, pass.Labels.clone())
        {
            InitialRows = Array.ConvertAll(places, place => _starts.Numbers[(int)place]),
            FeatureDistances = Distances(Features(features, found, records: false), targets),
        };
    }

    private Tensor Starts(long[] places, Tensor inputs)
    {
        var starts = _starts.At(places, inputs);
        if (!starts.shape.AsSpan().SequenceEqual(inputs.shape))
            throw new ArgumentException(
                $"The rows to start from are of shape {TensorShape.Text(starts)}, but the inputs of shape " +
                $"{TensorShape.Text(inputs)}: they must be rows of the same kind.");
        return RangeClamp.Clamp(starts, Bounds);
    }

    // The gradient of the squared distance has the direction of the distance's own, and none of its division by zero.
    private Tensor Step(IFeatureModel network, Tensor candidates, Tensor targets)
    {
        using var recording = enable_grad();
        var variable = candidates.detach().requires_grad_(true);
        var squares = Features(network, variable, records: true).sub(targets).pow(Kept(2)).sum(1); // (N)
        var gradient = ModelCall.Backward(squares, variable);
        using var quiet = no_grad();
        var length = gradient.flatten(1).pow(Kept(2)).sum(1).clamp_min_(Kept(Tiny)); // (N), squared
        // Twice the loss over the squared gradient is Polyak's step to distance zero; size over the gradient's length the
        // paper's.
        var scale = squares.detach().mul_(Kept(2)).div_(length).minimum(length.sqrt().reciprocal_().mul_(Kept(StepSize)));
        return RangeClamp.Clamp(candidates.sub(gradient.mul_(RowBroadcast.Spread(scale, gradient))), Bounds);
    }

    private static Tensor Features(IFeatureModel network, Tensor inputs, bool records)
    {
        using var quiet = records ? null : no_grad();
        var values = ModelCall.Extract(network, inputs, passesRectifier: true).Values;
        // libtorch would end the process.
        return !records || values.requires_grad ? values : throw new InvalidOperationException(
            "The network's features have no gradient to its input: they are detached, computed from integers or under " +
                "no_grad or inference_mode. Matching needs differentiable features.");
    }

    private static Tensor Distances(Tensor features, Tensor targets) =>
        features.sub(targets).pow(Kept(2)).sum(1).div_(targets.pow(Kept(2)).sum(1).clamp_min_(Kept(Tiny))).sqrt_();
}

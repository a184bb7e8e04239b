using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureVisualization;

/// <summary>
/// Changes inputs until a feature of a network answers to them as strongly as it can: shows what the network looks for.
/// </summary>
/// <remarks>
/// x ← Π(x + α · direction(∇ objective)), as attacks do it (Engstrom et al., <see href="https://arxiv.org/abs/1906.00945"/>):
/// robust networks show shapes where standard ones show noise. <see cref="Augmentation"/> and <see cref="FrequencyDecay"/> are
/// the usual means (Olah et al., <see href="https://distill.pub/2017/feature-visualization"/>) of getting shapes from standard
/// networks as well. Visualisers are immutable.
/// </remarks>
public sealed class FeatureVisualizer
{
    /// <summary>Creates a visualiser.</summary>
    /// <param name="threatModel">
    /// How far inputs may move from their start: <see cref="ThreatModel.Unbounded"/>, or a ball of a large radius.
    /// </param>
    /// <exception cref="ArgumentNullException"><paramref name="threatModel"/> is null.</exception>
    public FeatureVisualizer(ThreatModel threatModel)
    {
        ArgumentNullException.ThrowIfNull(threatModel);
        ThreatModel = threatModel;
    }

    /// <summary>The distance that inputs may move from their start.</summary>
    public ThreatModel ThreatModel { get; }

    /// <summary>The number of steps, each a pass forward and backward.</summary>
    /// <value>One or more. The default is 200.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Steps
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 1);
    } = 200;

    /// <summary>The length of a step in the threat model's norm.</summary>
    /// <value>
    /// A finite number above zero. The default, null, is 2.5 ε over <see cref="Steps"/>; without a radius half the range's
    /// diagonal takes its place.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative or not finite.</exception>
    public double? StepSize
    {
        get;
        init => field = ArgumentChecks.PositiveOrNull(value);
    }

    /// <summary>
    /// The random change that each row goes through before every pass, so that the result does not hang on single pixels.
    /// </summary>
    /// <value>One that gradients pass, such as <see cref="RandomAffine"/>. The default, null, is none.</value>
    public Augmentation? Augmentation { get; init; }

    /// <summary>The exponent by which amplitudes fall with the frequency where images are searched as sums of waves.</summary>
    /// <value>
    /// A finite number above zero; 1 is lucid's, larger numbers give smoother images. The default, null, changes pixels.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative or not finite.</exception>
    public double? FrequencyDecay
    {
        get;
        init => field = ArgumentChecks.PositiveOrNull(value);
    }

    /// <summary>
    /// The number of rows that go through the network at once; it bounds memory and changes results by the kernels' rounding
    /// only.
    /// </summary>
    /// <value>One or more. The default is 64.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int BatchSize
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 1);
    } = 64;

    /// <summary>Changes inputs so that an objective becomes large.</summary>
    /// <param name="model">
    /// The network, from inputs (N, …) to logits (N, K), with any normalisation inside; left as it was.
    /// </param>
    /// <param name="objective">What is to become large.</param>
    /// <param name="starts">
    /// (N, …), floating point, inside the threat model's range: images, or what <see cref="VisualizationStart"/> makes; left as
    /// they were.
    /// </param>
    /// <param name="random">The rows' random numbers. The default is seed 0 from row 0.</param>
    /// <param name="progress">The receiver of the share of steps done, 0 to 1, called on the calling thread.</param>
    /// <param name="cancellation">Checked at every pass through the network.</param>
    /// <returns>The inputs found, each row's last; the caller disposes.</returns>
    /// <exception cref="ArgumentException">The starts are not as described, or the network has no such feature.</exception>
    /// <exception cref="InvalidOperationException">
    /// The network fails, has no gradient to its input, the objective is not finite, or neither radius nor range gives a step
    /// size.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public FeatureVisualizationResult Visualize(
        Module<Tensor, Tensor> model, FeatureObjective objective, Tensor starts, RowRandom? random = null,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(objective);
        VisualizationInputs.Check(starts, ThreatModel);
        random ??= new RowRandom(0);
        using var scope = NewDisposeScope();
        using var recording = new RecordingScope();
        using var frozen = new ModelScope(model);
        var share = new StepProgress(progress, starts.shape[0], BatchSize, Steps);
        var ascent = new GradientAscent(model, ThreatModel, Steps, StepSize, cancellation)
        {
            Augmentation = Augmentation,
            Basis = FrequencyDecay is { } decay ? new FrequencyBasis(starts, decay) : null,
            OnStep = share.Track,
        };
        var passes = new List<(Tensor Values, Tensor Scores, Tensor StartScores)>();
        foreach (var (first, count) in RowBatches.Split(starts.shape[0], BatchSize))
        {
            using var pass = NewDisposeScope();
            var origins = starts.narrow(0, first, count).detach().clone();
            var part = objective.Slice(first, count);
            var before = ascent.Score(part, origins);
            var found = ascent.Maximize(part, origins, random.Slice(first, count));
            passes.Add(
                (
                    found.MoveToOuterDisposeScope(), ascent.Score(part, found).MoveToOuterDisposeScope(),
                    before.MoveToOuterDisposeScope()));
        }
        return new FeatureVisualizationResult(
            ModelCall.Join(passes.ConvertAll(pass => pass.Values)), ModelCall.Join(passes.ConvertAll(pass => pass.Scores)),
            ModelCall.Join(passes.ConvertAll(pass => pass.StartScores)));
    }
}

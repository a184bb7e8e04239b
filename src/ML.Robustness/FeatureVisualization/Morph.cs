using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.FeatureVisualization;

/// <summary>Turns inputs step by step into another class, as the network sees it, and keeps images of the way.</summary>
/// <remarks>
/// A targeted PGD without a random start and with a large radius, x ← Π(x − α · direction(∇CE(x, target))): robust networks pass
/// through images that people follow, too (Santurkar et al., <see href="https://arxiv.org/abs/1906.09453"/>). Morphs are
/// immutable.
/// </remarks>
public sealed class Morph
{
    private readonly IReadOnlyList<int>? _snapshots;

    /// <summary>Creates a morph.</summary>
    /// <param name="threatModel">
    /// How far inputs may move: a ball of a large radius, or <see cref="ThreatModel.Unbounded"/>.
    /// </param>
    /// <exception cref="ArgumentNullException"><paramref name="threatModel"/> is null.</exception>
    public Morph(ThreatModel threatModel)
    {
        ArgumentNullException.ThrowIfNull(threatModel);
        ThreatModel = threatModel;
    }

    /// <summary>The distance that inputs may move.</summary>
    public ThreatModel ThreatModel { get; }

    /// <summary>The number of steps, each a pass forward and backward.</summary>
    /// <value>One or more. The default is 60.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int Steps
    {
        get;
        init => field = ArgumentChecks.AtLeast(value, 1);
    } = 60;

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

    /// <summary>The numbers of steps after which images are kept.</summary>
    /// <value>
    /// Ascending numbers from 0, the original, to <see cref="Steps"/>. The default, null, is eight numbers from first to last at
    /// equal distances.
    /// </value>
    /// <exception cref="ArgumentException">There are none, or they do not ascend from zero or more.</exception>
    public IReadOnlyList<int>? Snapshots
    {
        get => _snapshots;
        init
        {
            if (value is not null
                && (value.Count == 0 || value[0] < 0 || value.Zip(value.Skip(1)).Any(pair => pair.First >= pair.Second)))
                throw new ArgumentException(
                    $"Snapshots must be ascending numbers of steps from 0, got [{string.Join(", ", value)}].", nameof(Snapshots));
            _snapshots = value is null ? null : [.. value];
        }
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

    /// <summary>Turns inputs into other classes.</summary>
    /// <param name="model">
    /// The network, from inputs (N, …) to logits (N, K), with any normalisation inside; left as it was.
    /// </param>
    /// <param name="originals">(N, …), floating point, inside the threat model's range; left as they were.</param>
    /// <param name="targets">(N), Int64: the class that each row is turned into.</param>
    /// <param name="progress">The receiver of the share of steps done, 0 to 1, called on the calling thread.</param>
    /// <param name="cancellation">Checked at every pass through the network.</param>
    /// <returns>The images of the way; the caller disposes.</returns>
    /// <exception cref="ArgumentException">
    /// Originals or targets are not as described, or a snapshot lies beyond the steps.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The network fails, has no gradient to its input, its outputs are not finite, or neither radius nor range gives a step
    /// size.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public MorphResult Towards(
        Module<Tensor, Tensor> model, Tensor originals, Tensor targets, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(targets);
        VisualizationInputs.Check(originals, ThreatModel);
        if (targets.dim() != 1 || targets.dtype != ScalarType.Int64 || targets.shape[0] != originals.shape[0])
            throw new ArgumentException(
                $"Targets must be an Int64 tensor with a class for each of the {originals.shape[0]} rows, got {targets.dtype} "
                + $"{TensorShape.Text(targets)}.", nameof(targets));
        var kept = KeptSteps();
        using var scope = NewDisposeScope();
        using var recording = new RecordingScope();
        using var frozen = new ModelScope(model);
        var share = new StepProgress(progress, originals.shape[0], BatchSize, Steps);
        var passes = new List<(Tensor Values, Tensor Probabilities)>();
        foreach (var (first, count) in RowBatches.Split(originals.shape[0], BatchSize))
        {
            using var pass = NewDisposeScope();
            var origins = originals.narrow(0, first, count).detach().clone();
            var classes = targets.narrow(0, first, count).to(origins.device, copy: true);
            CheckClasses(model, origins, classes);
            var shape = origins.shape;
            var images = empty([count, kept.Length, .. shape[1..]], origins.dtype, origins.device);
            var ascent = new GradientAscent(model, ThreatModel, Steps, StepSize, cancellation)
            {
                OnStep = (step, candidates) =>
                {
                    share.Track(step, candidates);
                    if (Array.IndexOf(kept, step) is >= 0 and var place)
                        images.select(1, place).copy_(candidates);
                },
            };
            var objective = new ClassObjective(classes);
            ascent.Maximize(objective, origins, new RowRandom(0));
            var probabilities = stack(kept.Select((_, place) => ascent.Score(objective, images.select(1, place)).exp()), 1);
            passes.Add((images.MoveToOuterDisposeScope(), probabilities.MoveToOuterDisposeScope()));
        }
        return new MorphResult(
            kept, ModelCall.Join(passes.ConvertAll(pass => pass.Values)),
            ModelCall.Join(passes.ConvertAll(pass => pass.Probabilities)));
    }

    private int[] KeptSteps()
    {
        if (Snapshots is null)
            return [.. Enumerable.Range(0, 8).Select(place => (int)Math.Round(place * Steps / 7.0)).Distinct()];
        return Snapshots[^1] <= Steps
            ? [.. Snapshots]
            : throw new ArgumentException(
                $"A snapshot is wanted after {Snapshots[^1]} steps, but there are {Steps}: raise {nameof(Steps)}.");
    }

    private static void CheckClasses(Module<Tensor, Tensor> model, Tensor origins, Tensor targets)
    {
        using var quiet = no_grad();
        var classes = ModelCall.Forward(model, origins.narrow(0, 0, 1)).shape[1];
        ClassLabels.Check(ClassLabels.Bounds(targets), classes, nameof(targets), "Targets");
    }
}

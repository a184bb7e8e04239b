using ML.Robustness.Persistence;

namespace ML.Robustness.Training;

/// <summary>A learning rate schedule: a factor for each iteration.</summary>
public abstract class LearningRateSchedule : IFingerprinted
{
    /// <summary>The constant learning rate.</summary>
    public static LearningRateSchedule Constant { get; } = new ConstantSchedule();

    /// <summary>Cosine annealing from 1 towards 0: (1 + cos(π i / n)) / 2 at iteration i of n.</summary>
    public static LearningRateSchedule Cosine { get; } = new CosineSchedule();

    /// <summary>Creates a schedule that multiplies the learning rate by a factor at given points of the run.</summary>
    /// <param name="milestones">The points, as fractions of the run, rising, from 0 to 1: 0.5 and 0.75 are epochs 100 and 150 of
    /// 200.</param>
    /// <param name="factor">The factor, above 0.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentException">The milestones do not rise, or lie outside 0 to 1, or the factor is not above
    /// 0.</exception>
    public static LearningRateSchedule Step(IReadOnlyList<double> milestones, double factor = 0.1) =>
        new StepSchedule(milestones, factor);

    /// <summary>
    /// Creates a one-cycle schedule: linear from 0 to 1, then linear to 0, evaluated at the middle of each iteration.
    /// </summary>
    /// <param name="peak">Where the peak lies, as a fraction of the run, above 0 and below 1.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The peak is not between 0 and 1.</exception>
    public static LearningRateSchedule OneCycle(double peak = 0.5) => new OneCycleSchedule(peak);

    /// <summary>Computes the factor of the learning rate at an iteration.</summary>
    /// <param name="iteration">The iteration, from 0 to one below <paramref name="total"/>.</param>
    /// <param name="total">All iterations of the run.</param>
    /// <returns>The factor.</returns>
    public abstract double Factor(long iteration, long total);

    private sealed class ConstantSchedule : LearningRateSchedule
    {
        public override double Factor(long iteration, long total) => 1;

        public override string ToString() => "Constant";
    }

    private sealed class CosineSchedule : LearningRateSchedule
    {
        public override double Factor(long iteration, long total) => 0.5 * (1 + Math.Cos(Math.PI * iteration / total));

        public override string ToString() => "Cosine";
    }

    private sealed class StepSchedule : LearningRateSchedule
    {
        private readonly double[] _milestones;
        private readonly double _factor;

        internal StepSchedule(IReadOnlyList<double> milestones, double factor)
        {
            ArgumentNullException.ThrowIfNull(milestones);
            _milestones = [.. milestones];
            for (var i = 0; i < _milestones.Length; i++)
            {
                if (!(_milestones[i] is >= 0 and <= 1) || (i > 0 && _milestones[i] <= _milestones[i - 1]))
                    throw new ArgumentException(
                        $"Milestones are rising fractions of the run from 0 to 1, but are [{string.Join(", ", _milestones)}].",
                        nameof(milestones));
            }

            if (!(factor > 0 && double.IsFinite(factor)))
                throw new ArgumentOutOfRangeException(nameof(factor), $"The factor must be above 0 and finite, but is {factor}.");
            _factor = factor;
        }

        public override double Factor(long iteration, long total) =>
            Math.Pow(_factor, _milestones.Count(milestone => iteration >= milestone * total));

        public override string ToString() =>
            FormattableString.Invariant(
                $"Step at {string.Join(' ', _milestones.Select(m => FormattableString.Invariant($"{m}")))} by {_factor}");
    }

    private sealed class OneCycleSchedule : LearningRateSchedule
    {
        private readonly double _peak;

        internal OneCycleSchedule(double peak)
        {
            if (!(peak > 0 && peak < 1))
                throw new ArgumentOutOfRangeException(nameof(peak),
                    $"The peak is a fraction of the run between 0 and 1, but is {peak}.");
            _peak = peak;
        }

        public override double Factor(long iteration, long total)
        {
            var place = (iteration + 0.5) / total;
            return place <= _peak ? place / _peak : (1 - place) / (1 - _peak);
        }

        public override string ToString() => FormattableString.Invariant($"OneCycle with its peak at {_peak}");
    }
}

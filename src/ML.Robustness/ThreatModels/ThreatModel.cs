using System.Globalization;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.ThreatModels;

/// <summary>
/// A threat model: the allowed perturbations, a ball of radius <see cref="Epsilon"/> inside the range of values.
/// </summary>
/// <remarks>
/// Distances are measured in the input's own units, or each feature's in units of its budget (<see cref="WithBudgets"/>);
/// normalisation belongs into the network (<see cref="Models.InputNormalization"/>).
/// All members treat a batch row by row: (N, …) with any further dimensions. Threat models are immutable.
/// </remarks>
public abstract partial class ThreatModel
{
    private readonly FeatureBudgets? _budgets;

    private protected ThreatModel(double epsilon, FeatureRanges ranges, FeatureBudgets? budgets)
    {
        if (!(epsilon >= 0) || (epsilon > float.MaxValue && this is not UnboundedThreatModel))
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon,
                "Epsilon is the radius of the ball: a finite number of zero or more that a Single holds.");
        if (budgets is not null && ranges.Each is { } each && each.Length != budgets.Values.Length)
            throw new ArgumentException(
                $"The threat model has ranges for {each.Length} features but budgets for {budgets.Values.Length}: give one range "
                + "and one budget for each feature of a row.", nameof(budgets));
        Epsilon = epsilon;
        InputRanges = ranges;
        _budgets = budgets;
    }

    /// <summary>The radius of the ball, in the input's units or in budgets; infinity without a ball.</summary>
    public double Epsilon { get; }

    /// <summary>The range of an input's values; the hull of the ranges where each feature has its own.</summary>
    public ValueRange Range => InputRanges.Hull;

    /// <summary>The range of each feature; null if all features have the same, <see cref="Range"/>.</summary>
    public IReadOnlyList<ValueRange>? Ranges => InputRanges.Each;

    /// <summary>The range, or the ranges of the features, as checks of rows take them.</summary>
    internal FeatureRanges InputRanges { get; }

    /// <summary>The name of the norm.</summary>
    /// <value>"LInf", "L2", "L1" or "Unbounded".</value>
    public abstract string Name { get; }

    /// <summary>
    /// The budget of each feature: its allowed change for every unit of the radius; null if all features count equally.
    /// </summary>
    public IReadOnlyList<double>? Budgets => _budgets?.Values;

    /// <summary>Creates the L∞ threat model: the largest change of any value is bounded.</summary>
    /// <param name="epsilon">The radius: a finite number of zero or more, for example 8 / 255.0.</param>
    /// <param name="range">The values an input may hold. The default is <see cref="ValueRange.Unit"/>.</param>
    /// <returns>The L∞ ball cut with the range.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The radius is negative or not finite, or the range is empty.</exception>
    public static ThreatModel LInf(double epsilon, ValueRange? range = null) =>
        new LInfThreatModel(epsilon, FeatureRanges.Of(range));

    /// <summary>Creates the L2 threat model: the Euclidean norm of the change is bounded.</summary>
    /// <param name="epsilon">The radius: a finite number of zero or more, for example 0.5.</param>
    /// <param name="range">The values an input may hold. The default is <see cref="ValueRange.Unit"/>.</param>
    /// <returns>The L2 ball cut with the range.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The radius is negative or not finite, or the range is empty.</exception>
    public static ThreatModel L2(double epsilon, ValueRange? range = null) =>
        new L2ThreatModel(epsilon, FeatureRanges.Of(range));

    /// <summary>
    /// Creates the L1 threat model: the sum of all absolute changes is bounded, which favours sparse perturbations.
    /// </summary>
    /// <param name="epsilon">The radius: a finite number of zero or more, for example 12.</param>
    /// <param name="range">The values an input may hold. The default is <see cref="ValueRange.Unit"/>.</param>
    /// <returns>The L1 ball cut with the range.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The radius is negative or not finite, or the range is empty.</exception>
    public static ThreatModel L1(double epsilon, ValueRange? range = null) =>
        new L1ThreatModel(epsilon, FeatureRanges.Of(range));

    /// <summary>Creates the threat model without a ball: any input in the range. Distances are Euclidean.</summary>
    /// <param name="range">The values an input may hold. The default is <see cref="ValueRange.Unit"/>.</param>
    /// <returns>The whole range; its radius is infinite, and <see cref="WithEpsilon"/> gives the L2 ball.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty.</exception>
    public static ThreatModel Unbounded(ValueRange? range = null) =>
        new UnboundedThreatModel(FeatureRanges.Of(range));

    /// <summary>Returns the same threat model with another radius.</summary>
    /// <param name="epsilon">The radius: a finite number of zero or more.</param>
    /// <returns>A new threat model.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The radius is negative or not finite.</exception>
    public ThreatModel WithEpsilon(double epsilon) => Copy(epsilon, InputRanges, _budgets);

    /// <summary>Returns the threat model with a budget for each feature, in units of which its changes are measured.</summary>
    /// <param name="budgets">One number of zero or more for each feature of a row: feature i moves at most ε times budget
    /// i.</param>
    /// <returns>A new threat model: <c>LInf(1).WithBudgets(budgets)</c> lets each feature move by its budget.</returns>
    /// <remarks>
    /// For tabular data, whose columns have units of their own. A budget of zero is a feature that cannot be moved. The norm is
    /// that of change over budget, so the L2 ball becomes an ellipsoid whose half-axes are ε times the budgets.
    /// </remarks>
    /// <exception cref="ArgumentException">A budget is negative or not finite, none is above zero, or there are ranges for
    /// another number of features.</exception>
    public ThreatModel WithBudgets(params double[] budgets)
    {
        ArgumentNullException.ThrowIfNull(budgets);
        return Copy(Epsilon, InputRanges, new FeatureBudgets((double[])budgets.Clone()));
    }

    /// <summary>Returns the threat model with a range for each feature.</summary>
    /// <param name="ranges">One range for each feature of a row; <see cref="ValueRange.Unbounded"/> for a feature without
    /// bounds. Each end may be infinite by itself.</param>
    /// <returns>A new threat model, whose <see cref="Range"/> is the hull of the ranges.</returns>
    /// <remarks>For tabular data, whose raw columns have bounds of their own. Rows that leave a range are refused.</remarks>
    /// <exception cref="ArgumentException">There are no ranges, one is empty, or there are budgets for another number of
    /// features.</exception>
    public ThreatModel WithRanges(params ValueRange[] ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        return Copy(Epsilon, FeatureRanges.Of((ValueRange[])ranges.Clone()), _budgets);
    }

    /// <summary>Returns the threat model in which some features are fixed.</summary>
    /// <param name="movable">For each feature of a row, whether the adversary may change it; the others keep their value
    /// exactly.</param>
    /// <returns>A new threat model; features that stay movable keep their budgets.</returns>
    /// <exception cref="ArgumentException">No feature is left, or the mask and the budgets are of different lengths.</exception>
    public ThreatModel WithMask(params bool[] movable)
    {
        ArgumentNullException.ThrowIfNull(movable);
        if (_budgets is not null && _budgets.Values.Length != movable.Length)
            throw new ArgumentException(
                $"The mask has {movable.Length} features but the threat model's budgets have {_budgets.Values.Length}.",
                nameof(movable));
        return WithBudgets([.. movable.Select((moves, feature) => moves ? _budgets?.Values[feature] ?? 1 : 0)]);
    }

    /// <summary>Projects candidates to the ball and the range.</summary>
    /// <param name="candidates">(N, …), anywhere.</param>
    /// <param name="origins">(N, …), the unperturbed inputs, inside the range.</param>
    /// <returns>Candidates inside both; the caller disposes.</returns>
    /// <remarks>
    /// L∞ and L1 give the nearest point of ball and range together; L1 after Croce and Hein,
    /// <see href="https://arxiv.org/abs/2103.01208"/>. L2 goes first onto the ball, then onto the range: since the origin lies in
    /// the range, clamping moves every value towards it and never out of the ball. A radius of zero gives the origins exactly,
    /// and so does a budget of zero.
    /// </remarks>
    public Tensor Project(Tensor candidates, Tensor origins)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(origins);
        if (Epsilon == 0)
            return origins.clone();
        using var scope = NewDisposeScope();
        var change = candidates.sub(origins);
        _budgets?.Divide(change);
        return RangeClamp.Clamp(InInputUnits(Shrink(change, origins)).add_(origins, One), this).MoveToOuterDisposeScope();
    }

    /// <summary>Computes the direction of steepest ascent: a step of length one in the threat model's norm.</summary>
    /// <param name="gradient">(N, …).</param>
    /// <returns>
    /// (N, …): the sign for L∞, the gradient over its norm for L2, the steepest value alone for L1; zero where the gradient is
    /// zero. The caller disposes.
    /// </returns>
    public Tensor Direction(Tensor gradient)
    {
        ArgumentNullException.ThrowIfNull(gradient);
        if (_budgets is null)
            return Steepest(gradient);
        using var scope = NewDisposeScope();
        return InInputUnits(Steepest(_budgets.Multiply(gradient.clone()))).MoveToOuterDisposeScope();
    }

    /// <summary>Takes a step of steepest ascent, without projection.</summary>
    /// <param name="candidates">(N, …), inside the range.</param>
    /// <param name="gradient">(N, …), at the candidates.</param>
    /// <param name="size">The step's length in the threat model's norm.</param>
    /// <returns>
    /// (N, …): candidates + size · direction. For L1 the step goes to the steepest value as far as the range lets it, then to the
    /// next, until it is spent. The caller disposes.
    /// </returns>
    public virtual Tensor Step(Tensor candidates, Tensor gradient, double size) =>
        Direction(gradient).mul_(Kept(size)).add_(candidates, One);

    /// <summary>Draws a random point of the ball for each row and projects it.</summary>
    /// <param name="origins">(N, …), the unperturbed inputs.</param>
    /// <param name="random">The rows' random numbers.</param>
    /// <returns>(N, …), uniform in the ball (without one: in the range, or else normal), then projected; the caller
    /// disposes.</returns>
    public Tensor RandomStart(Tensor origins, RowRandom random) => Start(origins, random, Inside);

    /// <summary>Draws a random point of the ball's surface for each row and projects it; APGD starts there.</summary>
    /// <param name="origins">(N, …), the unperturbed inputs.</param>
    /// <param name="random">The rows' random numbers.</param>
    /// <returns>(N, …): a uniform vector (L∞) or a normal one (L2) stretched to the radius, a projected normal one (L1); the
    /// caller disposes.</returns>
    public Tensor SurfaceStart(Tensor origins, RowRandom random) => Start(origins, random, Surface);

    /// <summary>Computes the distance of each row from its original.</summary>
    /// <param name="candidates">(N, …).</param>
    /// <param name="origins">(N, …).</param>
    /// <returns>(N); beyond all bounds where a feature without a budget was moved. The caller disposes.</returns>
    public Tensor Distance(Tensor candidates, Tensor origins)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        using var scope = NewDisposeScope();
        var change = candidates.sub(origins);
        return Norm(_budgets?.Compare(change) ?? change).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the threat model as text, for example <c>L∞ 8/255 in [0, 1]</c>.</summary>
    /// <returns>Norm, radius, range and budgets in the invariant culture; the radius is rounded to six digits.</returns>
    public override string ToString() => $"{Title}{RangeAndBudgets}";

    /// <summary>The norm and the radius, as in the text of attacks.</summary>
    internal virtual string Title => $"{(Name == "LInf" ? "L∞" : Name)} {RadiusText}";

    /// <summary>The radius as people write it: a short number, or a multiple of 1/255.</summary>
    internal string RadiusText
    {
        get
        {
            var (rounded, levels) = (Epsilon.ToString("G6", CultureInfo.InvariantCulture), Math.Round(255 * Epsilon));
            var isExact = double.Parse(rounded, CultureInfo.InvariantCulture) == Epsilon;
            return !isExact && levels is >= 1 and < 255 && Math.Abs(Epsilon - (levels / 255)) < 1e-9
                ? string.Create(CultureInfo.InvariantCulture, $"{levels}/255")
                : rounded;
        }
    }

    /// <summary>Text that is the same for the same threat models only: every digit of the radius is in it.</summary>
    internal string ExactText => string.Create(CultureInfo.InvariantCulture,
        $"{(double.IsInfinity(Epsilon) ? Name : $"{Name} {Epsilon.ToString(CultureInfo.InvariantCulture)}")}{RangeAndBudgets}");

    private string RangeAndBudgets => $" in {InputRanges}{(_budgets is null ? "" : $", budgets {_budgets}")}";

    /// <summary>The length by which step sizes are chosen: the radius, or the size of the range without one.</summary>
    internal virtual double Reach(Tensor origins) => Epsilon;

    /// <summary>Checks that there is one budget and one range for each feature of the rows.</summary>
    internal void CheckRows(Tensor rows)
    {
        InputRanges.CheckLength(rows);
        _budgets?.CheckLength(rows);
    }

    /// <summary>Checks that there is one budget and one range for each feature of the rows.</summary>
    /// <param name="length">The features of a row.</param>
    /// <param name="row">Which row that is, in the middle of a sentence.</param>
    /// <param name="name">The caller's parameter.</param>
    internal void CheckRows(long length, string row, string name)
    {
        InputRanges.CheckLength(length, row, name);
        _budgets?.CheckLength(length, row, name);
    }

    /// <summary>Any input in the range, with the same budgets; distances are Euclidean.</summary>
    internal ThreatModel WithoutBall() => new UnboundedThreatModel(InputRanges, _budgets);

    private protected abstract ThreatModel Copy(double epsilon, FeatureRanges ranges, FeatureBudgets? budgets);

    /// <summary>Projects changes to the ball, possibly in place; in units of the budgets, like all that follows.</summary>
    private protected abstract Tensor Shrink(Tensor change, Tensor origins);

    private protected abstract Tensor Steepest(Tensor gradient);

    private protected abstract Tensor Inside(Tensor origins, RowRandom random);

    private protected abstract Tensor Surface(Tensor origins, RowRandom random);

    private protected abstract Tensor Norm(Tensor change);

    /// <summary>
    /// The room of each value up or down inside the range, (N, …): infinity without bounds, zero without a budget.
    /// </summary>
    internal Tensor Room(Tensor values, Tensor upwards)
    {
        var room = InputRanges.Room(values, upwards);
        return _budgets is null ? room : _budgets.Limit(room);
    }

    /// <summary>Converts budgets to the input's units, in place.</summary>
    internal Tensor InInputUnits(Tensor change) => _budgets is null ? change : _budgets.Multiply(change);

    /// <summary>Converts the input's units to budgets, in place; zero without a budget.</summary>
    internal Tensor OfBudgets(Tensor change) => _budgets is null ? change : _budgets.Divide(change);

    /// <summary>Sets the changes of features that cannot move to zero, in place.</summary>
    internal Tensor OfMovable(Tensor change) => _budgets is null ? change : _budgets.Mask(change);

    /// <summary>The gradient with respect to changes in units of the budgets.</summary>
    internal Tensor InBudgets(Tensor gradient) => _budgets is null ? gradient : _budgets.Multiply(gradient.clone());

    /// <summary>Half the range's diagonal, in budgets; infinite where a feature that moves has no bounds.</summary>
    private protected double Width(Tensor origins)
    {
        if (Ranges is { } each)
            return Math.Sqrt(each.Select((range, feature) => _budgets is null
                ? (range.Maximum - range.Minimum) / 2
                : _budgets.Values[feature] is > 0 and var budget ? (range.Maximum - range.Minimum) / 2 / budget : 0)
                .Sum(static half => half * half));
        var half = (Range.Maximum - Range.Minimum) / 2;
        return half * (_budgets is null ? Math.Sqrt(origins.numel() / origins.shape[0]) : _budgets.InverseLength);
    }

    private Tensor Start(Tensor origins, RowRandom random, Func<Tensor, RowRandom, Tensor> noise)
    {
        ArgumentNullException.ThrowIfNull(origins);
        ArgumentNullException.ThrowIfNull(random);
        if (Epsilon == 0)
            return origins.clone();
        using var scope = NewDisposeScope();
        return Project(InInputUnits(noise(origins, random)).add_(origins, One), origins).MoveToOuterDisposeScope();
    }
}

using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Losses;

/// <summary>The difference of logits ratio (DLR): the margin over the spread of the leading logits.</summary>
/// <remarks>
/// (max_{i≠y} z_i − z_y) / (z₍₁₎ − z₍₃₎), z₍ₖ₎ the k-th largest; towards a class t: (z_t − z_y) / (z₍₁₎ − (z₍₃₎ + z₍₄₎) / 2)
/// (Croce and Hein, <see href="https://arxiv.org/abs/2003.01690"/>). The first needs three classes, the second four. With three
/// the second divides by z₍₁₎ − z₍₃₎; with two there is nothing to divide by, and both are the margin.
/// </remarks>
internal sealed class DlrLoss : AttackLoss
{
    private const double Tiny = 1e-12;

    private readonly Tensor? _targets;

    /// <summary>Creates the untargeted loss.</summary>
    public DlrLoss()
    {
    }

    /// <summary>Creates the targeted loss, with one target class for each row of one batch and the true labels.</summary>
    /// <param name="targets">(N), Int64, the classes to approach; stays the caller's.</param>
    /// <exception cref="ArgumentException">The targets are not an Int64 vector.</exception>
    public DlrLoss(Tensor targets)
    {
        _targets = ClassLabels.Check(targets, nameof(targets), "Targets");
    }

    /// <inheritdoc/>
    public override Tensor Evaluate(Tensor logits, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = NewDisposeScope();
        var margins = _targets is null
            ? Margin.Evaluate(logits, labels)
            : logits.gather(1, _targets.unsqueeze(1)).sub(logits.gather(1, labels.unsqueeze(1))).squeeze(1);
        var classes = logits.shape[1];
        return (classes == 2 ? margins : margins.div(Spread(logits, classes))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override string? DescribeLimitation(int classes) => (classes, _targets) switch
    {
        (2, _) => "Dlr (DLR) needs three classes or more; with two it is the plain margin.",
        (3, not null) =>
            "Targeted Dlr (DLR) needs four classes or more; with three it divides by the spread of all three logits.",
        _ => null,
    };

    /// <summary>Returns the loss's name.</summary>
    /// <returns>"Dlr".</returns>
    public override string ToString() => _targets is null ? "Dlr" : "Dlr towards targets";

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor positions) =>
        _targets is null ? this : new DlrLoss(_targets.index_select(0, positions));

    private Tensor Spread(Tensor logits, long classes)
    {
        var leading = logits.topk((int)Math.Min(classes, 4), 1).values;
        var third = leading.select(1, 2);
        var lower = _targets is null || classes == 3 ? third : third.add(leading.select(1, 3), One).div(Kept(2));
        return leading.select(1, 0).sub(lower).add(Kept(Tiny), One);
    }
}

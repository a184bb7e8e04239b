using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>
/// The settings that both forms of <c>PgdAugment</c> share: the column beside the original, and the appended rows.
/// </summary>
public abstract class PgdAugmentOptions
{
    private protected PgdAugmentOptions()
    {
    }

    /// <summary>
    /// The fitted classifier to attack: trained by <c>AdversarialTraining</c>, alone or the last of a chain. It stays the
    /// caller's.
    /// </summary>
    /// <value>
    /// There is no default: it must be set. Steps before it in a chain are not part of the attack, whose input is what reaches
    /// the classifier.
    /// </value>
    public ITransformer? Classifier { get; set; }

    /// <summary>
    /// The column of labels, numbered as the classifier's: a key, or class numbers 0, 1, 2 … as <see cref="float"/>.
    /// </summary>
    /// <value>The default is "Label".</value>
    public string LabelColumnName { get; set => field = ColumnNames.Given(value); } = Defaults.LabelColumnName;

    /// <summary>The column of classes to reach, of the label column's kinds; no row's may be its own label.</summary>
    /// <value>The default is null: any class but the label will do.</value>
    public string? TargetColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

    /// <summary>The class to reach, where no column gives it.</summary>
    /// <value>The default is <see cref="TargetKind.AnyOther"/>. The others exclude <see cref="TargetColumnName"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value.</exception>
    public TargetKind Target { get; set => field = ArgumentChecks.Defined(value); }

    /// <summary>
    /// The place of the class to reach among the others, the likeliest first, for <see cref="TargetKind.KthLikely"/>.
    /// </summary>
    /// <value>1 to the number of classes less one. The default is 1: the likeliest wrong class.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int TargetRank { get; set => field = ArgumentChecks.AtLeast(value, 1); } = 1;

    /// <summary>The attack; its threat model in the range of the features.</summary>
    /// <value>The default is null: PGD of 10 steps within 8/255 of each value, in [0, 1].</value>
    public ProjectedGradientDescent? Attack { get; set; }

    /// <summary>How often the attack is run in all, later runs on the rows still robust.</summary>
    /// <value>1 or more. The default is 1.</value>
    public int Restarts { get; set => field = ArgumentChecks.AtLeast(value, 1); } = 1;

    /// <summary>
    /// The number that random starts are drawn from, together with each row's id: so a row's result does not depend on the
    /// others.
    /// </summary>
    /// <value>
    /// The default is null: the seed of the <see cref="MLContext"/>; drawn anew for each <c>Fit</c> where that has none.
    /// </value>
    public ulong? Seed { get; set; }

    /// <summary>The rows read and attacked at once.</summary>
    /// <value>1 or more. The default is null: as many as the classifier scores at once.</value>
    public int? BatchSize { get; set => field = ArgumentChecks.AtLeastOrNull(value, 1); }
}

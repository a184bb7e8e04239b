using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.PgdAugment;

/// <summary>
/// The options shared by both forms of <c>PgdAugment</c>: the column beside the original, and the appended rows.
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

    /// <summary>The column of target classes, of the label column's types; no row's target may be its own label.</summary>
    /// <value>The default is null: any class but the label will do.</value>
    public string? TargetColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

    /// <summary>The kind of target class, if no column gives the target.</summary>
    /// <value>The default is <see cref="TargetKind.AnyOther"/>. The others exclude <see cref="TargetColumnName"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value.</exception>
    public TargetKind Target { get; set => field = ArgumentChecks.Defined(value); }

    /// <summary>
    /// The rank of the target class among the others, the most likely first, for <see cref="TargetKind.KthLikely"/>.
    /// </summary>
    /// <value>1 to the number of classes less one. The default is 1: the likeliest wrong class.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below one.</exception>
    public int TargetRank { get; set => field = ArgumentChecks.AtLeast(value, 1); } = 1;

    /// <summary>The attack, with its threat model in the range of the features.</summary>
    /// <value>The default is null: PGD of 10 steps within 8/255 of each value, in [0, 1].</value>
    public ProjectedGradientDescent? Attack { get; set; }

    /// <summary>The number of runs of the attack; later runs attack the rows that are still robust.</summary>
    /// <value>1 or more. The default is 1.</value>
    public int Restarts { get; set => field = ArgumentChecks.AtLeast(value, 1); } = 1;

    /// <summary>The seed of random starts; with each row's id, so that a row's result does not depend on the others.</summary>
    /// <value>
    /// The default is null: the seed of the <see cref="MLContext"/>; drawn anew for each <c>Fit</c> where that has none.
    /// </value>
    public ulong? Seed { get; set; }

    /// <summary>The number of the first row of the data within the whole that they are a part of.</summary>
    /// <value>
    /// 0 or more: row i of the data draws as row FirstRow + i of the whole does. The default is 0. It belongs to the data, not to
    /// the model, and is not saved: give a loaded model its rows through <c>ml.Data.NumberRows</c>.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long FirstRow { get; set => field = ArgumentChecks.FirstRow(value); }

    /// <summary>The number of rows attacked at once.</summary>
    /// <value>1 or more. The default is null: as many as the classifier scores at once.</value>
    public int? BatchSize { get; set => field = ArgumentChecks.AtLeastOrNull(value, 1); }
}

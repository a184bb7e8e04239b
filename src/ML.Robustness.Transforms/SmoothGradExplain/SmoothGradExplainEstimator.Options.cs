using Microsoft.ML;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.SmoothGradExplain;

public sealed partial class SmoothGradExplainEstimator
{
    /// <summary>The options of <see cref="SmoothGradExplainEstimator"/>.</summary>
    /// <remarks>The estimator takes a copy when it is made; what is changed later has no effect on it.</remarks>
    public sealed class Options
    {

        /// <summary>The column of attributions: a vector of <see cref="float"/> with one value for each of the input's.</summary>
        /// <value>The default is "Explanation".</value>
        public string OutputColumnName { get; set => field = ColumnNames.Given(value); } = "Explanation";

        /// <summary>The column of features, of the type that the classifier was trained on.</summary>
        /// <value>The default is null: the column that the classifier was trained on.</value>
        public string? InputColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        /// <summary>
        /// The fitted classifier to explain: trained by <c>AdversarialTraining</c>, alone or the last of a chain. It stays the
        /// caller's.
        /// </summary>
        /// <value>
        /// There is no default: it must be set. Steps before it in a chain are not explained; the input is what reaches the
        /// classifier.
        /// </value>
        public ITransformer? Classifier { get; set; }

        /// <summary>The attribution method that is averaged over noisy copies.</summary>
        /// <value>
        /// A method that is not smoothed already. The default is null: <see cref="Saliency"/>, the gradient. Only methods of this
        /// library can be saved with the step.
        /// </value>
        public AttributionMethod? Method { get; set; }

        /// <summary>The number of noisy copies of each row.</summary>
        /// <value>1 or more. The default is 50; 1 together with a <see cref="Noise"/> of 0 is the plain method.</value>
        public int Samples { get; set => field = ArgumentChecks.AtLeast(value, 1); } = SmoothingDefaults.Samples;

        /// <summary>The noise's standard deviation, as a share of the range that <see cref="NoiseScale"/> names.</summary>
        /// <value>0 or more. The default is 0.15.</value>
        public double Noise { get; set => field = ArgumentChecks.NotNegative(value); } = SmoothingDefaults.Noise;

        /// <summary>
        /// The range of which the noise is a share: <see cref="Range"/>, or each row's own, as in the SmoothGrad paper.
        /// </summary>
        /// <value>The default is <see cref="NoiseScale.ValueRange"/>.</value>
        public NoiseScale NoiseScale { get; set => field = ArgumentChecks.Defined(value); }

        /// <summary>The statistic of the copies' attributions.</summary>
        /// <value>The default is <see cref="NoiseCombination.Mean"/>: SmoothGrad.</value>
        public NoiseCombination Combination { get; set => field = ArgumentChecks.Defined(value); }

        /// <summary>The range of the features, of whose span the noise is a share.</summary>
        /// <value>
        /// The default is [0, 1]; bytes are read as value / 255. A range without ends needs a <see cref="Noise"/> of 0,
        /// or a <see cref="NoiseScale"/> of <see cref="NoiseScale.RowRange"/>.
        /// </value>
        public ValueRange Range { get; set; } = ValueRange.Unit;

        /// <summary>The attributed score.</summary>
        /// <value>The default is <see cref="AttributionTargetKind.PredictedClass"/>.</value>
        public AttributionTargetKind Target { get; set; }

        /// <summary>
        /// The column of labels, numbered as the classifier's: a key, or class numbers 0, 1, 2 … as <see cref="float"/>. Read for
        /// <see cref="AttributionTargetKind.Label"/> only.
        /// </summary>
        /// <value>The default is "Label".</value>
        public string LabelColumnName { get; set => field = ColumnNames.Given(value); } = Defaults.LabelColumnName;

        /// <summary>The attributed class, from zero.</summary>
        /// <value>
        /// Needed for <see cref="AttributionTargetKind.Class"/> and <see cref="AttributionTargetKind.Margin"/>. The default is
        /// null.
        /// </value>
        public int? TargetClass { get; set; }

        /// <summary>The class whose score is subtracted from that of <see cref="TargetClass"/>, from zero.</summary>
        /// <value>Needed for <see cref="AttributionTargetKind.Margin"/>. The default is null.</value>
        public int? RivalClass { get; set; }

        /// <summary>Whether absolute values are taken.</summary>
        /// <value>The default is false.</value>
        public bool Absolute { get; set; }

        /// <summary>
        /// Whether the channels of an image are summed, after <see cref="Absolute"/>, so that the column is height × width.
        /// </summary>
        /// <value>The default is false.</value>
        public bool SumChannels { get; set; }

        /// <summary>
        /// The seed of the noise; with each row's id, so that a row's attribution does not depend on the others.
        /// </summary>
        /// <value>
        /// The default is null: the seed of the <see cref="MLContext"/>; drawn anew for each <c>Fit</c> where that has none.
        /// </value>
        public ulong? Seed { get; set; }

        /// <summary>The number of rows attributed at once.</summary>
        /// <value>1 or more. The default is null: as many as the classifier scores at once.</value>
        public int? BatchSize { get; set => field = ArgumentChecks.AtLeastOrNull(value, 1); }
    }
}

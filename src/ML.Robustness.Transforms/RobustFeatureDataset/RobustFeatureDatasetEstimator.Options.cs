using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.RobustFeatureDataset;

public sealed partial class RobustFeatureDatasetEstimator
{
    /// <summary>The options of <see cref="RobustFeatureDatasetEstimator"/>.</summary>
    /// <remarks>The estimator takes a copy when it is made; what is changed later has no effect on it.</remarks>
    public sealed class Options
    {
        /// <summary>The column of new features, of the input column's type; it hides an input of the same name.</summary>
        /// <value>
        /// The default is null: the input column's name, so that what trains on that column trains on the new features.
        /// </value>
        public string? OutputColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        /// <summary>The column of features, of the type that the classifier was trained on.</summary>
        /// <value>The default is null: the column that the classifier was trained on.</value>
        public string? InputColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        /// <summary>
        /// The column of labels, numbered as the classifier's: a key, or class numbers 0, 1, 2 … as <see cref="float"/>.
        /// </summary>
        /// <value>The default is "Label".</value>
        public string LabelColumnName { get; set => field = ColumnNames.Given(value); } = Defaults.LabelColumnName;

        /// <summary>
        /// The column of new labels, of the label column's type with the same key values; it hides an input of the same name.
        /// </summary>
        /// <value>The default is null: <see cref="LabelColumnName"/>.</value>
        public string? OutputLabelColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        /// <summary>The kind of feature data set.</summary>
        /// <value>The default is <see cref="FeatureDatasetKind.Robust"/>.</value>
        public FeatureDatasetKind Kind { get; set; }

        /// <summary>
        /// The fitted classifier: trained by <c>AdversarialTraining</c>, alone or the last of a chain. It stays the caller's.
        /// </summary>
        /// <value>
        /// There is no default: it must be set. Adversarially trained for <see cref="FeatureDatasetKind.Robust"/>, standard for
        /// the other kinds.
        /// </value>
        public ITransformer? Classifier { get; set; }

        /// <summary>
        /// The other classifiers, trained as <see cref="Classifier"/> from other seeds. They stay the caller's.
        /// </summary>
        /// <value>
        /// One or more for <see cref="FeatureDatasetKind.NonTransferable"/>; the other kinds take none. The default is none.
        /// </value>
        public IReadOnlyList<ITransformer> Ensemble { get; set; } = [];

        /// <summary>The weight of each other classifier's loss relative to the classifier's own.</summary>
        /// <value>A finite number above zero; read by <see cref="FeatureDatasetKind.NonTransferable"/>. The default is 1.</value>
        public double EnsembleWeight { get; set => field = ArgumentChecks.Positive(value); } = 1;

        /// <summary>The threat model: the allowed change of a row, and the range of its values.</summary>
        /// <value>
        /// Must be set for the kinds that move a row towards a class, and <see cref="FeatureDatasetKind.LeakageControl"/>; must
        /// not for the others. The paper's is <c>ThreatModel.L2(0.5)</c>. The default is null.
        /// </value>
        public ThreatModel? ThreatModel { get; set; }

        /// <summary>The range of the features for kinds without a threat model.</summary>
        /// <value>
        /// Read by <see cref="FeatureDatasetKind.Robust"/> and <see cref="FeatureDatasetKind.NonRobust"/>, must not be set for
        /// others. The default is null: [0, 1].
        /// </value>
        public ValueRange? Range { get; set; }

        /// <summary>The layer of the classifier's network whose output is matched.</summary>
        /// <value>
        /// A name as <see cref="ML.Robustness.Models.FeatureExtractor.Of"/> takes it. For
        /// <see cref="FeatureDatasetKind.Robust"/> and <see cref="FeatureDatasetKind.NonRobust"/>. The default is null: the
        /// penultimate features.
        /// </value>
        /// <exception cref="ArgumentException">The name is empty.</exception>
        public string? Layer { get; set => field = ArgumentChecks.NotEmptyOrNull(value); }

        /// <summary>The number of steps, each a pass forward and backward.</summary>
        /// <value>
        /// 1 or more. The default is null: 200 for the kinds that match features (the paper took 1000), 100 for those that move a
        /// row towards a class.
        /// </value>
        public int? Steps { get; set => field = ArgumentChecks.AtLeastOrNull(value, 1); }

        /// <summary>The length of a step, Euclidean for feature matching, otherwise in the threat model's norm.</summary>
        /// <value>
        /// A finite number above zero. The default is null: 0.1 where features are matched, else a fifth of the radius, as in the
        /// paper.
        /// </value>
        public double? StepSize { get; set => field = ArgumentChecks.PositiveOrNull(value); }

        /// <summary>The column of the number of the row from which each search started, as <see cref="long"/>.</summary>
        /// <value>
        /// For <see cref="FeatureDatasetKind.Robust"/> and <see cref="FeatureDatasetKind.NonRobust"/>. The default is null: none.
        /// </value>
        public string? StartIndexColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        /// <summary>
        /// The column of feature distances, relative to the length of the row's features, for feature matching.
        /// </summary>
        /// <value>
        /// For <see cref="FeatureDatasetKind.Robust"/> and <see cref="FeatureDatasetKind.NonRobust"/>. The default is null: none.
        /// </value>
        public string? FeatureDistanceColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        /// <summary>The column that tells whether the classifier predicts the new label.</summary>
        /// <value>For the kinds that move a row towards a class. The default is null: none.</value>
        public string? SuccessColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        /// <summary>The column that tells whether all other classifiers predict the old label.</summary>
        /// <value>For <see cref="FeatureDatasetKind.NonTransferable"/>. The default is null: none.</value>
        public string? EnsembleCorrectColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        /// <summary>
        /// The seed of other rows, labels and patterns; with each row's id, so that a row's result does not depend on the others.
        /// </summary>
        /// <value>
        /// The default is null: the seed of the <see cref="MLContext"/>; drawn anew for each <c>Fit</c> where that has none.
        /// </value>
        public ulong? Seed { get; set; }

        /// <summary>The number of the first row of the data within the whole that they are a part of.</summary>
        /// <value>
        /// 0 or more: row i of the data draws as row FirstRow + i of the whole does. The default is 0. It belongs to the data,
        /// not to the model, and is not saved: give a loaded model its rows through <c>ml.Data.NumberRows</c>.
        /// <see cref="FeatureDatasetKind.Robust"/> and <see cref="FeatureDatasetKind.NonRobust"/>, whose searches start from
        /// another row, are fitted on the whole and then transform a part.
        /// </value>
        /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
        public long FirstRow { get; set => field = ArgumentChecks.FirstRow(value); }

        /// <summary>The number of rows processed at once.</summary>
        /// <value>1 or more. The default is null: as many as the classifier scores at once.</value>
        public int? BatchSize { get; set => field = ArgumentChecks.AtLeastOrNull(value, 1); }

        /// <summary>Ends <c>Fit</c> and the creation of rows early, with <see cref="OperationCanceledException"/>.</summary>
        /// <value>The default never cancels.</value>
        public CancellationToken CancellationToken { get; set; }

        internal Options Copy() => (Options)MemberwiseClone();
    }
}

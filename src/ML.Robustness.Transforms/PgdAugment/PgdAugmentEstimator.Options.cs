using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.PgdAugment;

public sealed partial class PgdAugmentEstimator
{
    /// <summary>The options of <see cref="PgdAugmentEstimator"/>.</summary>
    /// <remarks>The estimator takes a copy when it is made; what is changed later has no effect on it.</remarks>
    public sealed class Options : PgdAugmentOptions
    {
        /// <summary>The column of adversarial examples, of the input column's type.</summary>
        /// <value>The default is "Adversarial".</value>
        public string OutputColumnName { get; set => field = ColumnNames.Given(value); } = "Adversarial";

        /// <summary>The column of features, of the type that the classifier was trained on.</summary>
        /// <value>The default is null: the column that the classifier was trained on.</value>
        public string? InputColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        /// <summary>
        /// The column that tells whether the attack succeeded: the prediction is wrong, or the target if there is one.
        /// </summary>
        /// <value>The default is null: none.</value>
        public string? SuccessColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        /// <summary>The column of distances between example and original, in the threat model's norm.</summary>
        /// <value>The default is null: none.</value>
        public string? DistanceColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        /// <summary>The column of predictions under attack: a key with the label's values.</summary>
        /// <value>The default is null: none.</value>
        public string? PredictedLabelColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        internal Options Copy() => (Options)MemberwiseClone();
    }
}

using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.PgdAugment;

public sealed partial class PgdAugmentRowsEstimator
{
    /// <summary>The options of <see cref="PgdAugmentRowsEstimator"/>.</summary>
    /// <remarks>The estimator takes a copy when it is made; what is changed later has no effect on it.</remarks>
    public sealed class Options : PgdAugmentOptions
    {
        /// <summary>
        /// The column of features, of the type that the classifier was trained on; copies have their adversarial example in it.
        /// </summary>
        /// <value>The default is null: the column that the classifier was trained on.</value>
        public string? FeatureColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        /// <summary>The share of rows that get a copy, chosen by the seed and each row's id.</summary>
        /// <value>Above 0, to 1. The default is 1: every row.</value>
        public double Fraction { get; set => field = ArgumentChecks.PositiveUpTo(value, 1); } = 1;

        /// <summary>The places of the copies among the rows.</summary>
        /// <value>The default is <see cref="CopyPlacement.Interleaved"/>.</value>
        public CopyPlacement Placement { get; set => field = ArgumentChecks.Defined(value); }

        /// <summary>The column that marks the adversarial copies.</summary>
        /// <value>The default is null: none.</value>
        public string? IsAdversarialColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        internal Options Copy() => (Options)MemberwiseClone();
    }
}

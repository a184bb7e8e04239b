using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.PgdAugment;

public sealed partial class PgdAugmentRowsEstimator
{
    /// <summary>The settings of <see cref="PgdAugmentRowsEstimator"/>.</summary>
    /// <remarks>The estimator takes a copy when it is made; what is changed later has no effect on it.</remarks>
    public sealed class Options : PgdAugmentOptions
    {
        private double _fraction = 1;
        private CopyPlacement _placement;

        /// <summary>The column of features, of the type that the classifier was trained on; copies have their adversarial example in it.</summary>
        /// <value>The default is null: the column that the classifier was trained on.</value>
        public string? FeatureColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        /// <summary>The share of rows that get a copy, chosen by the seed and each row's id.</summary>
        /// <value>Above 0, to 1. The default is 1: every row.</value>
        public double Fraction
        {
            get => _fraction;
            set
            {
                if (!(value > 0 && value <= 1))
                    throw new ArgumentOutOfRangeException(nameof(value), $"The share of rows to copy must be above 0 and at most 1, but is {value}.");
                _fraction = value;
            }
        }

        /// <summary>Where the copies stand.</summary>
        /// <value>The default is <see cref="CopyPlacement.Interleaved"/>.</value>
        public CopyPlacement Placement
        {
            get => _placement;
            set
            {
                if (!Enum.IsDefined(value))
                    throw new ArgumentOutOfRangeException(nameof(value), $"Copies stand {CopyPlacement.Interleaved} or {CopyPlacement.Following}, but the value is {value}.");
                _placement = value;
            }
        }

        /// <summary>A column that tells the copies from the rows they were made of.</summary>
        /// <value>The default is null: none.</value>
        public string? IsAdversarialColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        internal Options Copy() => (Options)MemberwiseClone();
    }
}

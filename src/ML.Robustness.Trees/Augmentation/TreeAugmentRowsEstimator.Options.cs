using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Schema;
using ML.Robustness.TreeEnsembles;
using ML.Robustness.Trees.Certification;

namespace ML.Robustness.Trees.Augmentation;

public sealed partial class TreeAugmentRowsEstimator
{
    /// <summary>The options of <see cref="TreeAugmentRowsEstimator"/>.</summary>
    /// <remarks>The estimator takes a copy when it is made; what is changed later has no effect on it.</remarks>
    public sealed class Options
    {
        /// <summary>
        /// The fitted model to attack: FastTree, FastForest, LightGbm or Gam, or <c>OneVersusAll</c> of them, alone or in a chain. It
        /// takes the columns of the data.
        /// </summary>
        /// <value>There is no default: it must be set.</value>
        public ITransformer? Model { get; set; }

        /// <summary>The radius within which adversarial rows are searched for, in the units of the columns.</summary>
        /// <value>A finite number above 0. There is no default: it must be set.</value>
        /// <exception cref="ArgumentOutOfRangeException">The value is not above 0, or not finite.</exception>
        public double Epsilon { get; set => field = ArgumentChecks.Positive(value); }

        /// <summary>The norm of a change, each feature's in its unit.</summary>
        /// <value>The default is L∞.</value>
        /// <exception cref="ArgumentOutOfRangeException">There is no such value.</exception>
        public TreeNorm Norm { get; set => field = ArgumentChecks.Defined(value); }

        /// <summary>The units of features, as <see cref="TreeCertificationOptions.Units"/>.</summary>
        /// <value>Finite numbers of zero or more; 0 fixes a feature. The default is none: 1 for each feature.</value>
        public IReadOnlyDictionary<string, double> Units { get; set; } = new Dictionary<string, double>();

        /// <summary>The ranges of features, as <see cref="TreeCertificationOptions.Ranges"/>.</summary>
        /// <value>A feature that is not named has no bounds. The default is none.</value>
        public IReadOnlyDictionary<string, ValueRange> Ranges { get; set; } = new Dictionary<string, ValueRange>();

        /// <summary>The column of labels: a key, Boolean, or class numbers 0, 1, 2 … as <see cref="float"/>.</summary>
        /// <value>A column of the data, or one that the model makes. The default is "Label".</value>
        public string LabelColumnName { get; set => field = ColumnNames.Given(value); } = Defaults.LabelColumnName;

        /// <summary>The places of the adversarial rows among the others.</summary>
        /// <value>The default is <see cref="CopyPlacement.Interleaved"/>.</value>
        /// <exception cref="ArgumentOutOfRangeException">There is no such value.</exception>
        public CopyPlacement Placement { get; set => field = ArgumentChecks.Defined(value); }

        /// <summary>The column that marks the adversarial rows.</summary>
        /// <value>The default is null: none.</value>
        public string? IsAdversarialColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        /// <summary>The number of points from which the attack starts.</summary>
        /// <value>1 or more. The default is 20.</value>
        /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
        public int AttackStarts { get; set => field = ArgumentChecks.AtLeast(value, 1); } = 20;

        /// <summary>The number of times that the attack starts again around the nearest adversarial row.</summary>
        /// <value>0 or more. The default is 20.</value>
        /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
        public int AttackRestarts { get; set => field = ArgumentChecks.AtLeast(value, 0); } = 20;

        /// <summary>The seed of the rows' random numbers, with each row's id.</summary>
        /// <value>Any number. The default, null, is the seed of the <see cref="MLContext"/>, or 0 where it has none.</value>
        public ulong? Seed { get; set; }

        internal Options Copy()
        {
            var copy = (Options)MemberwiseClone();
            copy.Units = new Dictionary<string, double>(Units);
            copy.Ranges = new Dictionary<string, ValueRange>(Ranges);
            return copy;
        }
    }
}

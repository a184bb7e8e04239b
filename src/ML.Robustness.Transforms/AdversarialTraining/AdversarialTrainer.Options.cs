using Microsoft.ML;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.Training;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.AdversarialTraining;

public sealed partial class AdversarialTrainer
{
    /// <summary>The options of <see cref="AdversarialTrainer"/>.</summary>
    /// <remarks>The trainer takes a copy when it is made; what is changed later has no effect on it.</remarks>
    public sealed class Options
    {
        private string _labelColumnName = Defaults.LabelColumnName;
        private string _featureColumnName = Defaults.FeatureColumnName;
        private int _epochs = 10;
        private int _batchSize = 128;
        private double? _gradientClip;
        private double _validationFraction;
        private int? _shufflePoolRows;

        /// <summary>The column of labels: a key, or class numbers 0, 1, 2 … as <see cref="float"/>.</summary>
        /// <value>The default is "Label".</value>
        public string LabelColumnName
        {
            get => _labelColumnName;
            set
            {
                ArgumentException.ThrowIfNullOrEmpty(value, nameof(LabelColumnName));
                _labelColumnName = value;
            }
        }

        /// <summary>
        /// The column of features: a vector of known size, of <see cref="float"/>, or of <see cref="byte"/>, read as
        /// value / 255.
        /// </summary>
        /// <value>The default is "Features".</value>
        public string FeatureColumnName
        {
            get => _featureColumnName;
            set
            {
                ArgumentException.ThrowIfNullOrEmpty(value, nameof(FeatureColumnName));
                _featureColumnName = value;
            }
        }

        /// <summary>The shape of one row of features.</summary>
        /// <value>
        /// The default is null: the column's dimensions tell, three for channels × height × width, two for height × width, one
        /// for a flat vector.
        /// </value>
        public InputShape? InputShape { get; set; }

        /// <summary>The network.</summary>
        /// <value>
        /// The default is null: <see cref="ModelArchitecture.ConvNet"/> for images,
        /// <see cref="ModelArchitecture.MultilayerPerceptron"/> of two layers of 64 for vectors.
        /// </value>
        public ModelArchitecture? Architecture { get; set; }

        /// <summary>The attack to train against, by <see cref="AdversarialObjective"/>.</summary>
        /// <value>
        /// The default is null: PGD of 7 steps within 8/255 of each value, in [0, 1]. Set this or <see cref="Objective"/>, not
        /// both.
        /// </value>
        public Attack? Attack { get; set; }

        /// <summary>The training objective.</summary>
        /// <value>
        /// The default is null: <see cref="AdversarialObjective"/> with <see cref="Attack"/>. Set this or <see cref="Attack"/>,
        /// not both.
        /// </value>
        public TrainingObjective? Objective { get; set; }

        /// <summary>The optimiser and its options.</summary>
        /// <value>The default is null: that of <see cref="RobustTrainer.Optimizer"/>.</value>
        public TrainingOptimizerOptions? Optimizer { get; set; }

        /// <summary>The learning rate schedule.</summary>
        /// <value>The default is null: that of <see cref="RobustTrainer.Schedule"/>.</value>
        public LearningRateSchedule? Schedule { get; set; }

        /// <summary>The number of epochs: passes over the training rows.</summary>
        /// <value>1 or more. The default is 10.</value>
        public int Epochs
        {
            get => _epochs;
            set
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Epochs));
                _epochs = value;
            }
        }

        /// <summary>The number of rows in a batch.</summary>
        /// <value>1 or more. The default is 128.</value>
        public int BatchSize
        {
            get => _batchSize;
            set
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(BatchSize));
                _batchSize = value;
            }
        }

        /// <summary>The seed of the initial weights, the order of rows and all other random numbers.</summary>
        /// <value>
        /// The default is null: the seed of the <see cref="MLContext"/>; drawn anew for each <c>Fit</c> where that has none.
        /// </value>
        public ulong? Seed { get; set; }

        /// <summary>
        /// The rows by which the best epoch is chosen, as this step gets them: after the steps before it in the pipeline.
        /// </summary>
        /// <value>The default is null: the last epoch is kept, unless <see cref="ValidationFraction"/> sets rows aside.</value>
        public IDataView? ValidationSet { get; set; }

        /// <summary>
        /// The share of the training rows held out to choose the best epoch, instead of <see cref="ValidationSet"/>.
        /// </summary>
        /// <value>From 0 to below 1. The default is 0.</value>
        public double ValidationFraction
        {
            get => _validationFraction;
            set
            {
                if (!(value >= 0 && value < 1))
                    throw new ArgumentOutOfRangeException(nameof(ValidationFraction),
                        $"ValidationFraction must be from 0 to below 1, but is {value}.");
                _validationFraction = value;
            }
        }

        /// <summary>The attack of the robust accuracy by which the best epoch is chosen.</summary>
        /// <value>The default is null: that of <see cref="RobustTrainer.ValidationAttack"/>.</value>
        public Attack? ValidationAttack { get; set; }

        /// <summary>
        /// The classifier whose network training goes on from, instead of random weights: one that was trained before, or that
        /// <c>FromModule</c>, <c>FromTorchScript</c> or <c>FromOnnx</c> made. It is left as it is.
        /// </summary>
        /// <value>
        /// A classifier with gradients of the same features and classes, alone or in a chain; <see cref="Architecture"/> must
        /// then be null. The default is null.
        /// </value>
        public ITransformer? StartingFrom { get; set; }

        /// <summary>
        /// Tells by its name whether a parameter is trained, such as those of the last layers; the others keep their values.
        /// </summary>
        /// <value>Names as <c>named_parameters</c> gives them. The default is null: all are trained.</value>
        public Func<string, bool>? IsTrained { get; set; }

        /// <summary>The path of the checkpoint, written after each epoch, from which an interrupted run resumes.</summary>
        /// <value>
        /// A path in a folder that exists; each further <c>Fit</c> of the same trainer, as in <c>CrossValidate</c>, has a file of
        /// its own beside it, the path with a dot and the number of the fit. The default is null: none.
        /// </value>
        public string? CheckpointPath { get; set; }

        /// <summary>The moving average of the weights, which is kept instead of the last weights.</summary>
        /// <value>The default is null: none.</value>
        public WeightAverage? WeightAverage { get; set; }

        /// <summary>The adversarial weight perturbation (AWP) of each iteration.</summary>
        /// <value>The default is null: none.</value>
        public AdversarialWeightPerturbation? WeightPerturbation { get; set; }

        /// <summary>The augmentation of the training rows.</summary>
        /// <value>The default is null: none.</value>
        public Augmentation? Augmentation { get; set; }

        /// <summary>The largest allowed L2 norm of the gradient over all parameters.</summary>
        /// <value>Above 0. The default is null: no bound.</value>
        public double? GradientClip
        {
            get => _gradientClip;
            set
            {
                if (value is { } clip && !(clip > 0 && double.IsFinite(clip)))
                    throw new ArgumentOutOfRangeException(nameof(GradientClip),
                        $"GradientClip must be above 0 and finite, but is {clip}.");
                _gradientClip = value;
            }
        }

        /// <summary>
        /// The number of rows held in memory, for data larger than memory: they are read again each epoch and shuffled in a pool
        /// of this size.
        /// </summary>
        /// <value>1 or more. The default is null: all rows are read once and stay in memory.</value>
        public int? ShufflePoolRows
        {
            get => _shufflePoolRows;
            set
            {
                if (value is { } rows)
                    ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1, nameof(ShufflePoolRows));
                _shufflePoolRows = value;
            }
        }

        /// <summary>
        /// The receiver of a report at the end of each epoch, on the training thread; <c>MLContext.Log</c> gets it too.
        /// </summary>
        /// <value>The default is null.</value>
        public IProgress<EpochReport>? Progress { get; set; }

        /// <summary>The receiver of a report after each batch, on the training thread.</summary>
        /// <value>The default is null.</value>
        public IProgress<TrainingProgress>? BatchProgress { get; set; }

        /// <summary>
        /// Ends <c>Fit</c> early, by <see cref="OperationCanceledException"/>; the checkpoint of the last whole epoch stays.
        /// </summary>
        /// <value>The default is none.</value>
        public CancellationToken CancellationToken { get; set; }

        /// <summary>The options that the short forms of the catalogs have.</summary>
        internal static Options Of(
            string labelColumnName, string featureColumnName, Attack? attack, ModelArchitecture? architecture, int epochs,
            IDataView? validationSet) => new()
            {
                LabelColumnName = labelColumnName,
                FeatureColumnName = featureColumnName,
                Attack = attack,
                Architecture = architecture,
                Epochs = epochs,
                ValidationSet = validationSet,
            };

        internal Options Copy() => (Options)MemberwiseClone();
    }
}

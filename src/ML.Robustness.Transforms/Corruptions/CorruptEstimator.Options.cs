using Microsoft.ML;
using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Corruptions;

public sealed partial class CorruptEstimator
{
    /// <summary>The options of <see cref="CorruptEstimator"/>.</summary>
    /// <remarks>The estimator takes a copy when it is made; what is changed later has no effect on it.</remarks>
    public sealed class Options
    {

        /// <summary>The column of corrupted images, of the input column's type.</summary>
        /// <value>The default is "Features".</value>
        public string OutputColumnName { get; set => field = ColumnNames.Given(value); } = Defaults.FeatureColumnName;

        /// <summary>
        /// The column of images: Vector&lt;Single&gt; or Vector&lt;Byte&gt;, channel by channel as <c>ExtractPixels</c> writes
        /// it.
        /// </summary>
        /// <value>The default is null: <see cref="OutputColumnName"/>, as in ML.NET.</value>
        public string? InputColumnName { get; set => field = ColumnNames.GivenOrNull(value); }

        /// <summary>The corruption: one of <see cref="Corruption.All"/>, or your own.</summary>
        /// <value>There is no default: it must be set. A model with a corruption of your own cannot be saved.</value>
        public Corruption? Corruption { get; set; }

        /// <summary>The severity of the corruption.</summary>
        /// <value>1, the mildest, to 5. The default is 3.</value>
        public int Severity { get; set => field = ArgumentChecks.InRange(value, 1, Corruption.Severities); } = 3;

        /// <summary>The shape of an image.</summary>
        /// <value>
        /// One or three channels. The default is null: the column's own dimensions, channels × height × width or height × width.
        /// </value>
        public InputShape? InputShape { get; set; }

        /// <summary>The range of the values, black to white.</summary>
        /// <value>Both ends finite; [0, 1] for bytes, which are read as value / 255. The default is [0, 1].</value>
        public ValueRange Range { get; set; } = ValueRange.Unit;

        /// <summary>
        /// The seed of the corruption; with each row's id, so that a row's result does not depend on the others.
        /// </summary>
        /// <value>
        /// The default is null: the seed of the <see cref="MLContext"/>; drawn anew for each <c>Fit</c> where that has none.
        /// </value>
        public ulong? Seed { get; set; }

        /// <summary>The number of rows corrupted at once.</summary>
        /// <value>1 or more. The default is 256.</value>
        public int BatchSize { get; set => field = ArgumentChecks.AtLeast(value, 1); } = 256;

        internal Options Copy() => (Options)MemberwiseClone();
    }
}

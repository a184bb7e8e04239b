using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Imaging;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Imaging;

public sealed partial class RenderHeatmapEstimator
{
    /// <summary>The settings of <see cref="RenderHeatmapEstimator"/>.</summary>
    /// <remarks>The estimator takes a copy when it is made; what is changed later has no effect on it.</remarks>
    public sealed class Options
    {

        /// <summary>The column of images, of the attribution's width and height, <see cref="Enlarge"/> times.</summary>
        /// <value>The default is "Heatmap".</value>
        public string OutputColumnName { get; set => field = ColumnNames.Given(value); } = "Heatmap";

        /// <summary>
        /// The column of attributions: a vector of <see cref="float"/> of known size, (height, width) or (channels, height,
        /// width), or flat with <see cref="InputShape"/>.
        /// </summary>
        /// <value>The default is "Attribution".</value>
        public string AttributionColumnName { get; set => field = ColumnNames.Given(value); } = "Attribution";

        /// <summary>
        /// The column of the images explained, laid in grey under the colours: images, or vectors of <see cref="float"/> or
        /// <see cref="byte"/> values of the same width and height.
        /// </summary>
        /// <value>The default is null: none, the colours stand alone.</value>
        public string? ImageColumnName { get; set; }

        /// <summary>Colours and strength of the map.</summary>
        /// <value>
        /// The default is diverging colours, clipped at the 99th percentile of absolute values, over an image of opacity 0.9.
        /// </value>
        public Heatmap Heatmap { get; set => field = value ?? throw new ArgumentNullException(nameof(Heatmap)); } = new();

        /// <summary>How many times as wide and high as the attribution its image is.</summary>
        /// <value>1 or more. The default is 1.</value>
        public int Enlarge { get; set => field = ArgumentChecks.AtLeast(value, 1); } = 1;

        /// <summary>The shape of one row's attribution, where the dimensions of its column don't tell it.</summary>
        /// <value>An image's shape. The default is null: as the column's dimensions tell.</value>
        public InputShape? InputShape
        {
            get;
            set => field = value is { IsImage: false } vector
                ? throw new ArgumentException(
                    "A heat map needs values with a place in an image: " +
                    $"expected a shape of channels × height × width, got a vector of {vector}.", nameof(InputShape))
                : value;
        }

        /// <summary>The values of black and of full light in an image column of <see cref="float"/> vectors.</summary>
        /// <value>Both ends finite. The default is [0, 1].</value>
        public ValueRange Range
        {
            get;
            set => field = double.IsFinite(value.Maximum - value.Minimum) && value.Maximum > value.Minimum
                ? value
                : throw new ArgumentException(
                    "An image needs a range of two finite ends to tell black from white, " +
                    $"got {value}. Give the values that stand for them.", nameof(Range));
        } = ValueRange.Unit;

        /// <summary>The order of the three channels in an image column of vectors; images know their own.</summary>
        /// <value>The default is <see cref="ColorOrder.Rgb"/>.</value>
        public ColorOrder ColorOrder { get; set => field = ArgumentChecks.Defined(value); }

        internal Options Copy() => (Options)MemberwiseClone();
    }
}

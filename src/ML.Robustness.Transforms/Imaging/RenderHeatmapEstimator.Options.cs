using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Imaging;

namespace ML.Robustness.Transforms.Imaging;

public sealed partial class RenderHeatmapEstimator
{
    /// <summary>The settings of <see cref="RenderHeatmapEstimator"/>.</summary>
    /// <remarks>The estimator takes a copy when it is made; what is changed later has no effect on it.</remarks>
    public sealed class Options
    {
        private string _outputColumnName = "Heatmap";
        private string _attributionColumnName = "Attribution";
        private Heatmap _heatmap = new();
        private int _enlarge = 1;
        private InputShape? _attributionShape;
        private ValueRange _valueRange = ValueRange.Unit;

        /// <summary>The column of pictures: images of the attribution's width and height, <see cref="Enlarge"/> times.</summary>
        /// <value>The default is "Heatmap".</value>
        public string OutputColumnName
        {
            get => _outputColumnName;
            set
            {
                ArgumentException.ThrowIfNullOrEmpty(value);
                _outputColumnName = value;
            }
        }

        /// <summary>The column of attributions: a vector of <see cref="float"/> of known size, (height, width) or (channels, height, width), or flat with <see cref="AttributionShape"/>.</summary>
        /// <value>The default is "Attribution".</value>
        public string AttributionColumnName
        {
            get => _attributionColumnName;
            set
            {
                ArgumentException.ThrowIfNullOrEmpty(value);
                _attributionColumnName = value;
            }
        }

        /// <summary>The column of the images explained, laid in grey under the colours: images, or vectors of <see cref="float"/> or <see cref="byte"/> values of the same width and height.</summary>
        /// <value>The default is null: none, the colours stand alone.</value>
        public string? ImageColumnName { get; set; }

        /// <summary>Colours and strength of the map.</summary>
        /// <value>The default is diverging colours, clipped at the 99th percentile of absolute values, over an image of opacity 0.9.</value>
        public Heatmap Heatmap
        {
            get => _heatmap;
            set
            {
                ArgumentNullException.ThrowIfNull(value);
                _heatmap = value;
            }
        }

        /// <summary>How many times as wide and high as the attribution its picture is.</summary>
        /// <value>1 or more. The default is 1.</value>
        public int Enlarge
        {
            get => _enlarge;
            set
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
                _enlarge = value;
            }
        }

        /// <summary>The shape of one row's attribution, where the dimensions of its column don't tell it.</summary>
        /// <value>An image's shape. The default is null: as the column's dimensions tell.</value>
        public InputShape? AttributionShape
        {
            get => _attributionShape;
            set
            {
                if (value is { IsImage: false } vector)
                    throw new ArgumentException($"A heat map needs values with a place in an image: expected a shape of channels × height × width, got a vector of {vector}.", nameof(value));
                _attributionShape = value;
            }
        }

        /// <summary>The values of black and of full light in an image column of <see cref="float"/> vectors.</summary>
        /// <value>Both ends finite. The default is [0, 1].</value>
        public ValueRange ValueRange
        {
            get => _valueRange;
            set
            {
                if (!(double.IsFinite(value.Maximum - value.Minimum) && value.Maximum > value.Minimum))
                    throw new ArgumentException($"A picture needs a range of two finite ends to tell black from white, got {value}. Give the values that stand for them.", nameof(value));
                _valueRange = value;
            }
        }

        internal Options Copy() => (Options)MemberwiseClone();
    }
}

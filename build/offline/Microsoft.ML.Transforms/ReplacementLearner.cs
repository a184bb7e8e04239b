using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Learns what replaces a column's missing values: one number, or one for each slot.</summary>
internal sealed class ReplacementLearner
{
    private readonly MissingValueReplacingEstimator.ReplacementMode _mode;
    private readonly Slot[] _slots;
    private readonly Action _read;
    private long _values;

    public ReplacementLearner(DataViewRow row, DataViewSchema.Column input, MissingValueReplacingEstimator.ReplacementMode mode, bool bySlot)
    {
        _mode = mode;
        _slots = Enumerable.Range(0, bySlot ? input.Type.GetValueCount() : 1).Select(_ => new Slot()).ToArray();
        _read = input.Type.GetItemType().Equals(NumberDataViewType.Single)
            ? MakeReader<float>(row, input, value => value)
            : MakeReader<double>(row, input, value => value);
    }

    public void Learn() => _read();

    public double[] Finish(IChannel channel) => _slots.Select(slot => slot.Finish(channel, _mode, _values)).ToArray();

    private Action MakeReader<T>(DataViewRow row, DataViewSchema.Column input, Func<T, double> widen)
    {
        if (input.Type is not VectorDataViewType)
        {
            ValueGetter<T> scalar = row.GetGetter<T>(input);
            T value = default;
            return () =>
            {
                scalar(ref value);
                _values++;
                _slots[0].Add(widen(value));
            };
        }
        ValueGetter<VBuffer<T>> vector = row.GetGetter<VBuffer<T>>(input);
        VBuffer<T> buffer = default;
        return () =>
        {
            vector(ref buffer);
            _values += _slots.Length == 1 ? buffer.Length : 1;
            foreach (KeyValuePair<int, T> item in buffer.Items())
                _slots[_slots.Length == 1 ? 0 : item.Key].Add(widen(item.Value));
        };
    }

    private sealed class Slot
    {
        private readonly Dictionary<double, long> _counts = [];
        private long _largestCount;
        private double _mode;
        private double _mean;
        private double _minimum = double.PositiveInfinity;
        private double _maximum = double.NegativeInfinity;
        private long _explicit;
        private long _missing;
        private long _notZero;

        public void Add(double value)
        {
            _explicit++;
            Widen(value);
            if (!double.IsFinite(value))
            {
                _missing++;
                return;
            }
            long count = _counts[value] = _counts.GetValueOrDefault(value) + 1;
            if (count > _largestCount)
                (_largestCount, _mode) = (count, value);
            if (value == 0)
                return;
            _notZero++;
            _mean += (value - _mean) / _notZero;
        }

        public double Finish(IChannel channel, MissingValueReplacingEstimator.ReplacementMode mode, long values)
        {
            if (values > _explicit)
                Widen(0);
            return mode switch
            {
                MissingValueReplacingEstimator.ReplacementMode.Mean => Mean(channel, values),
                MissingValueReplacingEstimator.ReplacementMode.Minimum => _minimum,
                MissingValueReplacingEstimator.ReplacementMode.Maximum => _maximum,
                _ => _mode,
            };
        }

        private double Mean(IChannel channel, long values)
        {
            if (values > _missing)
                return _mean * ((double)_notZero / (values - _missing));
            channel.Warning(MessageSensitivity.None, "All values in this column are NAs, using default value for imputation");
            return 0;
        }

        // Comparisons with NaN are false: it widens nothing.
        private void Widen(double value)
        {
            if (value < _minimum)
                _minimum = value;
            if (value > _maximum)
                _maximum = value;
        }
    }
}

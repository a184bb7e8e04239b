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
            if (!double.IsFinite(value))
            {
                _missing++;
                return;
            }
            _minimum = Math.Min(_minimum, value);
            _maximum = Math.Max(_maximum, value);
            long count = _counts[value] = _counts.GetValueOrDefault(value) + 1;
            if (count > _counts.GetValueOrDefault(_mode))
                _mode = value;
            if (value == 0)
                return;
            _notZero++;
            _mean += (value - _mean) / _notZero;
        }

        public double Finish(IChannel channel, MissingValueReplacingEstimator.ReplacementMode mode, long values)
        {
            if (values == _missing)
            {
                channel.Warning(MessageSensitivity.None, "All values in this column are NAs, using default value for imputation");
                return 0;
            }
            if (values > _explicit)
            {
                _minimum = Math.Min(_minimum, 0);
                _maximum = Math.Max(_maximum, 0);
            }
            return mode switch
            {
                MissingValueReplacingEstimator.ReplacementMode.Mean => _mean * ((double)_notZero / (values - _missing)),
                MissingValueReplacingEstimator.ReplacementMode.Minimum => _minimum,
                MissingValueReplacingEstimator.ReplacementMode.Maximum => _maximum,
                _ => _mode,
            };
        }
    }
}

using System.Numerics;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Data;

/// <summary>Reads a column row by row and becomes its normalizer.</summary>
internal abstract class ColumnLearner
{
    /// <summary>Reads the cursor's row; false when no more rows are wanted.</summary>
    public abstract bool Learn();

    public abstract ColumnNormalizer Finish();

    public static ColumnLearner Create(IHost host, DataViewRow row, DataViewSchema.Column input, NormalizingEstimator.ColumnOptions options)
    {
        DataViewType item = input.Type.GetItemType();
        bool isVariable = input.Type is VectorDataViewType { IsKnownSize: false };
        if (!isVariable && item.Equals(NumberDataViewType.Single))
            return new ColumnLearner<float>(host, row, input, options);
        if (!isVariable && item.Equals(NumberDataViewType.Double))
            return new ColumnLearner<double>(host, row, input, options);
        throw host.ExceptParam("srcType", "Wrong column type for input column. Expected: Single, Double, Vector of Single or Vector of Double. "
            + $"Got: {input.Type}.");
    }
}

internal sealed class ColumnLearner<T> : ColumnLearner
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly NormalizingEstimator.ColumnOptions _options;
    private readonly DataViewType _type;
    private readonly Action _read;
    private readonly Moments[] _slots;
    private long _rows;
    private VBuffer<T> _vector;

    public ColumnLearner(IHost host, DataViewRow row, DataViewSchema.Column input, NormalizingEstimator.ColumnOptions options)
    {
        _options = options;
        _type = input.Type;
        _slots = Enumerable.Range(0, input.Type.GetValueCount()).Select(_ => new Moments()).ToArray();
        if (input.Type is VectorDataViewType)
        {
            ValueGetter<VBuffer<T>> vectors = row.GetGetter<VBuffer<T>>(input);
            _read = () =>
            {
                vectors(ref _vector);
                host.Check(_vector.Length == _slots.Length, $"Normalizer expected {_slots.Length} slots but got {_vector.Length}");
            };
        }
        else
        {
            ValueGetter<T> scalars = row.GetGetter<T>(input);
            var value = new T[1];
            _read = () =>
            {
                scalars(ref value[0]);
                _vector = new VBuffer<T>(1, value);
            };
        }
    }

    public override bool Learn()
    {
        _read();
        _rows++;
        ReadOnlySpan<T> values = _vector.GetValues();
        ReadOnlySpan<int> indices = _vector.GetIndices();
        for (int i = 0; i < values.Length; i++)
            _slots[_vector.IsDense ? i : indices[i]].Add(values[i]);
        return _rows < _options.MaximumExampleCount;
    }

    public override ColumnNormalizer Finish()
    {
        Array.ForEach(_slots, slot => slot.AddZeros(_rows));
        if (_options.Method == NormalizingEstimator.Method.MeanVarianceCdf)
        {
            T[] means = _slots.Select(slot => slot.M2 == 0 || slot.Count == 0 ? T.Zero : T.CreateTruncating(slot.Mean)).ToArray();
            T[] deviations = _slots.Select(slot => slot.M2 == 0 || slot.Count == 0 ? T.Zero : T.CreateTruncating(Math.Sqrt(slot.Variance))).ToArray();
            return new CdfNormalizer<T>(_type, means, deviations);
        }
        bool isMinMax = _options.Method == NormalizingEstimator.Method.MinMax;
        (T Scale, T Offset)[] slots = _slots.Select(slot => isMinMax ? MinMax(slot) : MeanVariance(slot)).ToArray();
        bool needsOffset = !_options.FixZero && slots.Any(slot => slot.Offset != T.Zero);
        return new AffineNormalizer<T>(_type, slots.Select(slot => slot.Scale).ToArray(), needsOffset ? slots.Select(slot => slot.Offset).ToArray() : null);
    }

    private (T Scale, T Offset) MinMax(Moments slot)
    {
        if (!(slot.Maximum > slot.Minimum))
            return (T.Zero, T.Zero);
        if (_options.FixZero)
            return (T.One / T.Max(T.Abs(slot.Maximum), T.Abs(slot.Minimum)), T.Zero);
        T scale = T.One / (slot.Maximum - slot.Minimum);
        return (scale, scale == T.Zero ? T.Zero : slot.Minimum);
    }

    private (T Scale, T Offset) MeanVariance(Moments slot)
    {
        if (slot.M2 == 0)
            return (T.Zero, T.Zero);
        if (_options.FixZero)
            return (T.One / T.CreateTruncating(Math.Sqrt(slot.Variance + (slot.Mean * slot.Mean))), T.Zero);
        T scale = T.One / T.CreateTruncating(Math.Sqrt(slot.Variance));
        return (scale, scale == T.Zero ? T.Zero : T.CreateTruncating(slot.Mean));
    }

    /// <summary>Range, mean and sum of squared differences of one slot; numbers that are not finite count for the range alone.</summary>
    private sealed class Moments
    {
        private long _seen;
        private long _notFinite;

        public T Minimum { get; private set; } = T.PositiveInfinity;

        public T Maximum { get; private set; } = T.NegativeInfinity;

        public double Mean { get; private set; }

        public double M2 { get; private set; }

        /// <summary>How many values, zeros too once <see cref="AddZeros"/> was called, went into the mean.</summary>
        public long Count { get; private set; }

        public double Variance => M2 / Count;

        public void Add(T value)
        {
            _seen++;
            Widen(value);
            if (!T.IsFinite(value))
            {
                _notFinite++;
            }
            else if (value != T.Zero)
            {
                Count++;
                double difference = double.CreateTruncating(value) - Mean;
                Mean += difference / Count;
                M2 += difference * (double.CreateTruncating(value) - Mean);
            }
        }

        // Zeros, explicit or not, enter at the end and all at once.
        public void AddZeros(long rows)
        {
            if (_seen < rows)
                Widen(T.Zero);
            long zeros = rows - _notFinite - Count;
            if (zeros == 0)
                return;
            Count += zeros;
            double difference = 0 - Mean;
            Mean += difference * zeros / Count;
            M2 += difference * (0 - Mean) * zeros;
        }

        private void Widen(T value)
        {
            if (Maximum < value)
                Maximum = value;
            if (Minimum > value)
                Minimum = value;
        }
    }
}

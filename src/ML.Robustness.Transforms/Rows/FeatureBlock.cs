using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Schema;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Rows;

/// <summary>The features of a few rows, read from a cursor one after the other until they become one tensor.</summary>
/// <remarks>The memory is managed, so that a forgotten block costs nothing native.</remarks>
internal abstract class FeatureBlock
{
    private protected FeatureBlock(FeatureColumn column, int capacity)
    {
        LibTorch.Require();
        Column = column;
        Capacity = capacity;
    }

    internal FeatureColumn Column { get; }

    internal int Capacity { get; }

    internal int Count { get; private protected set; }

    internal static FeatureBlock Over(
        DataViewRow row, DataViewSchema.Column source, FeatureColumn column, int capacity) => column.IsBytes
        ? new Bytes(row, source, column, capacity)
        : new Numbers(row, source, column, capacity);

    internal void Clear() => Count = 0;

    /// <summary>Appends the features of the row that the cursor stands on.</summary>
    internal abstract void Add();

    /// <summary>
    /// Throws when the row added last holds NaN or an infinite value, and names it; the block is then without the row.
    /// </summary>
    internal abstract void CheckFinite();

    /// <summary>The rows as (N, …): uint8 for bytes, float32 else. The caller disposes it.</summary>
    internal abstract Tensor ToTensor();

    /// <summary>The rows as the network takes them, float32 in the user's range. The caller disposes it.</summary>
    internal Tensor ToInputs()
    {
        var rows = ToTensor();
        if (!Column.IsBytes)
            return rows;
        using (rows)
        using (var scope = NewDisposeScope())
            return rows.to(ScalarType.Float32).div_(Kept(255)).MoveToOuterDisposeScope();
    }

    /// <summary>The row added last, as one row of a streamed data set.</summary>
    internal abstract LabeledRow LastRow(long label);

    private abstract class Of<T> : FeatureBlock where T : unmanaged
    {
        private readonly DataViewRow _row;
        private readonly ValueGetter<VBuffer<T>> _getter;
        private VBuffer<T> _value;

        private protected Of(
            DataViewRow row, DataViewSchema.Column source, FeatureColumn column, int capacity) : base(column, capacity)
        {
            _row = row;
            _getter = row.GetGetter<VBuffer<T>>(source);
            Values = new T[capacity * column.Shape.Length];
        }

        private protected T[] Values { get; }

        private protected long Position => _row.Position;

        private protected Memory<T> Last => Values.AsMemory((Count - 1) * Column.Shape.Length, Column.Shape.Length);

        internal override void Add()
        {
            _getter(ref _value);
            var length = Column.Shape.Length;
            if (_value.Length != length)
            {
                throw new InvalidOperationException(
                    $"Row {Position} of column '{Column.Name}' has {_value.Length} values, but the column's type promises " +
                        $"{length}. Give every row {length} values.");
            }

            _value.CopyTo(Values.AsSpan(Count * length, length));
            Count++;
        }

        internal override Tensor ToTensor()
        {
            var rows = empty(Column.Shape.Batch(Count), Column.IsBytes ? ScalarType.Byte : ScalarType.Float32, CPU);
            MemoryMarshal.AsBytes(Values.AsSpan(0, Count * Column.Shape.Length)).CopyTo(rows.bytes);
            return rows;
        }
    }

    private sealed class Numbers(DataViewRow row, DataViewSchema.Column source, FeatureColumn column, int capacity)
        : Of<float>(row, source, column, capacity)
    {
        internal override void CheckFinite()
        {
            var values = Last.Span;
            for (var i = 0; i < values.Length; i++)
            {
                if (!float.IsFinite(values[i]))
                {
                    Count--;
                    throw new InvalidOperationException(
                        $"Row {Position} of column '{Column.Name}' holds " +
                        $"{(float.IsNaN(values[i]) ? "NaN" : "an infinite value")} (slot {i}), but features must be finite. " +
                        "Replace missing values (ReplaceMissingValues) or filter such rows out " +
                        "(FilterRowsByMissingValues) first.");
                }
            }
        }

        internal override LabeledRow LastRow(long label) => new(Last, label);
    }

    private sealed class Bytes(DataViewRow row, DataViewSchema.Column source, FeatureColumn column, int capacity)
        : Of<byte>(row, source, column, capacity)
    {
        internal override void CheckFinite()
        {
        }

        internal override LabeledRow LastRow(long label) => new(Last, label);
    }
}

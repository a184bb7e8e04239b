using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>One element of tensor[…].</summary>
    public struct TensorIndex
    {
        private NativeIndex native;
        private Tensor tensor;

        public static TensorIndex Ellipsis = new() { native = { Kind = 1 } };
        public static TensorIndex Colon = Slice();
        public static TensorIndex None = new() { native = { Kind = 0 } };
        public static TensorIndex Null = None;

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex(Range range) => Slice(range);

        public static implicit operator TensorIndex(System.Index index) => Single(index.IsFromEnd ? -index.Value : index.Value);

        public static TensorIndex Single(long? index) =>
            index is { } given ? new TensorIndex { native = { Kind = 2, Start = given } } : None;

        public static TensorIndex Bool(bool value) => new() { native = { Kind = 3, Start = Bit(value) } };

        public static TensorIndex Tensor(Tensor tensor) => new() { native = { Kind = 5 }, tensor = tensor };

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) => new()
        {
            native =
            {
                Kind = 4,
                Given = Bit(start.HasValue) | (Bit(stop.HasValue) << 1) | (Bit(step.HasValue) << 2),
                Start = start ?? 0,
                Stop = stop ?? 0,
                Step = step ?? 1,
            },
        };

        public static TensorIndex Slice(Range range) => Slice(From(range.Start), range.End is { IsFromEnd: true, Value: 0 } ? null : From(range.End));

        internal static NativeIndex[] Native(TensorIndex[] indices) => Array.ConvertAll(indices, index =>
        {
            if (index.tensor is not null)
                index.native.Tensor = index.tensor.Handle;
            return index.native;
        });

        private static long From(System.Index index) => index.IsFromEnd ? -index.Value : index.Value;
    }

    public partial class Tensor
    {
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => index_put_(value, i1);
        }

        public Tensor this[long i1, long i2]
        {
            get => index(i1, i2);
            set => index_put_(value, i1, i2);
        }

        public Tensor this[long i1, long i2, long i3]
        {
            get => index(i1, i2, i3);
            set => index_put_(value, i1, i2, i3);
        }

        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => index(i1, i2, i3, i4);
            set => index_put_(value, i1, i2, i3, i4);
        }

        public Tensor index(params TensorIndex[] indices)
        {
            var made = Made(ts_index(Own, TensorIndex.Native(indices), indices.Length));
            GC.KeepAlive(indices);
            return made;
        }

        public Tensor index(params Tensor[] indices) => index(Array.ConvertAll(indices, TensorIndex.Tensor));

        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            Done(ts_index_put_(Own, TensorIndex.Native(indices), indices.Length, value.Own));
            GC.KeepAlive(indices);
            return this;
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, Array.ConvertAll(indices, TensorIndex.Tensor));

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            Done(ts_index_put_number_(Own, TensorIndex.Native(indices), indices.Length, value.Value));
            GC.KeepAlive(indices);
            return this;
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices) => index_put_(value, Array.ConvertAll(indices, TensorIndex.Tensor));
    }
}

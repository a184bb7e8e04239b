using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>One element of tensor[…].</summary>
    public struct TensorIndex
    {
        private NativeIndex native;

        public static TensorIndex Ellipsis = new() { native = { Kind = 1 } };
        public static TensorIndex Colon = Slice();
        public static TensorIndex None = new() { native = { Kind = 0 } };
        public static TensorIndex Null = None;

        public static implicit operator TensorIndex(long value) => Single(value);

        public static TensorIndex Single(long? index) =>
            index is { } given ? new TensorIndex { native = { Kind = 2, Start = given } } : None;

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

        internal static NativeIndex[] Native(TensorIndex[] indices) => Array.ConvertAll(indices, index => index.native);
    }

    public partial class Tensor
    {
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

        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            Done(ts_index_put_(Own, TensorIndex.Native(indices), indices.Length, value.Own));
            GC.KeepAlive(indices);
            return this;
        }
    }
}

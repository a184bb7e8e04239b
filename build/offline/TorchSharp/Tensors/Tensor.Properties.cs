using System.Globalization;
using TorchSharp.Utils;
using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        private const int UsualRank = 8;

        public long[] shape
        {
            get
            {
                var room = stackalloc long[UsualRank];
                var rank = (int)Known(ts_sizes(Own, room, UsualRank));
                if (rank <= UsualRank)
                    return new ReadOnlySpan<long>(room, rank).ToArray();
                var sizes = new long[rank];
                fixed (long* all = sizes)
                    Known(ts_sizes(Own, all, rank));
                return sizes;
            }
        }

        public long ndim => Known(ts_dim(Own));

        public long NumberOfElements => Known(ts_numel(Own));

        public long ElementSize => Known(ts_element_size(Own));

        public ScalarType dtype => (ScalarType)Known(ts_dtype(Own));

        public DeviceType device_type => (DeviceType)Known(ts_device_type(Own));

        public int device_index => ts_device_index(Own);

        public Device device => device_type is var type && type == DeviceType.CPU ? new Device(type) : new Device(type, device_index);

        public bool requires_grad
        {
            get => Known(ts_requires_grad(Own)) != 0;
            set => Done(ts_set_requires_grad(Own, Bit(value)));
        }

#nullable enable annotations
        public Tensor? grad
#nullable restore annotations
        {
            get => Known(ts_has_grad(Own)) != 0 ? Made(ts_grad(Own)) : null;
            set => Done(ts_set_grad(Own, Optional(value)));
        }

        public Span<byte> bytes
        {
            get
            {
                if (!is_contiguous())
                    throw new InvalidOperationException("Bytes() called on non-contiguous tensor.");
                var size = NumberOfElements * ElementSize;
                if (size > int.MaxValue)
                    throw new ArgumentException("Span only supports up to int.MaxValue elements.");
                return new Span<byte>((void*)Data(), (int)size);
            }
            set
            {
                if (bytes.Length != value.Length)
                    throw new ArgumentException("Mismatched data sizes in SetBytes().");
                value.CopyTo(bytes);
            }
        }

        public long dim() => ndim;

        public long numel() => NumberOfElements;

        public long size(int dim)
        {
            var sizes = shape;
            return sizes[dim < 0 ? dim + sizes.Length : dim];
        }

        public long[] stride()
        {
            var strides = new long[ndim];
            fixed (long* all = strides)
                Known(ts_strides(Own, all, strides.Length));
            return strides;
        }

        public bool is_contiguous() => Known(ts_is_contiguous(Own)) != 0;

        public bool is_floating_point() => IsFloating(dtype);

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            CheckType(typeof(T));
            return new TensorAccessor<T>(device_type == DeviceType.CPU ? this : cpu());
        }

        public T item<T>() where T : unmanaged
        {
            if (NumberOfElements != 1)
                throw new ArgumentException("Number of elements in the tensor must be 1");
            return data<T>()[0];
        }

        public override string ToString() =>
            $"[{string.Join("x", shape)}], type = {dtype}, device = {device.ToString().ToLower(CultureInfo.InvariantCulture)}";

        /// <summary>The first element in the memory of a tensor on the CPU.</summary>
        internal nint Data()
        {
            if (device_type != DeviceType.CPU)
                throw new InvalidOperationException(
                    "Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
            var data = ts_data(Own);
            return data != 0 || NumberOfElements == 0 ? data : throw Failure();
        }

        private void CheckType(Type type)
        {
            if (dtype == ScalarType.BFloat16)
                throw new ArgumentException($"No support for {dtype} in TorchSharp");
            if (TypeOf(type) != dtype)
                throw new ArgumentException($"{type.Name} is not compatible with {dtype}");
        }
    }
}

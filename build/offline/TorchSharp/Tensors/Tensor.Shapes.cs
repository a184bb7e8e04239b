using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor alias() => Made(ts_alias(Own));

        public Tensor clone() => Made(ts_clone(Own));

        public Tensor detach() => Made(ts_detach(Own));

        public Tensor contiguous() => Made(ts_contiguous(Own));

        public Tensor t() => Made(ts_t(Own));

        public Tensor copy_(Tensor source, bool nonBlocking = false) => Acted(ts_copy_(Own, source.Own, Bit(nonBlocking)));

        public Tensor view(params long[] shape) => Made(ts_view(Own, shape, shape.Length));

        public Tensor reshape(params long[] shape) => Made(ts_reshape(Own, shape, shape.Length));

        public Tensor permute(params long[] permutation) => Made(ts_permute(Own, permutation, permutation.Length));

        public Tensor view_as(Tensor other) => view(other.shape);

        public Tensor expand(params long[] sizes) => expand(sizes, false);

        public Tensor expand(long[] sizes, bool isImplicit = false) => Made(ts_expand(Own, sizes, sizes.Length, Bit(isImplicit)));

        public Tensor transpose(long dim0, long dim1) => Made(ts_transpose(Own, dim0, dim1));

        public Tensor squeeze(long? dim = null) => Made(dim is { } given ? ts_squeeze_dim(Own, given) : ts_squeeze(Own));

        public Tensor unsqueeze(long dim) => Made(ts_unsqueeze(Own, dim));

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Made(ts_flatten(Own, start_dim, end_dim));

        public Tensor narrow(long dim, long start, long length) => Made(ts_narrow(Own, dim, start, length));

        public Tensor select(long dim, long index) => Made(ts_select(Own, dim, index));

        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) => Made(ts_as_strided(Own, size, strides, size.Length, storageOffset));

        public Tensor gather(long dim, Tensor index) => Made(ts_gather(Own, dim, index.Own));

        public Tensor index_select(long dim, Tensor index) => Made(ts_index_select(Own, dim, index.Own));

        public Tensor masked_select(Tensor mask) => Made(ts_masked_select(Own, mask.Own));

        public Tensor scatter(long dim, Tensor index, Tensor src) => Made(ts_scatter(Own, dim, index.Own, src.Own));

        public Tensor scatter_(long dim, Tensor index, Tensor src) => Acted(ts_scatter_(Own, dim, index.Own, src.Own));

        public Tensor index_copy(long dim, Tensor index, Tensor source) => Made(ts_index_copy(Own, dim, index.Own, source.Own));

        public Tensor index_copy_(long dim, Tensor index, Tensor source) => Acted(ts_index_copy_(Own, dim, index.Own, source.Own));
    }
}

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

        public Tensor T => t();

        public Tensor detach_() => Acted(ts_detach_(Own));

        public Tensor copy_(Tensor source, bool nonBlocking = false) => Acted(ts_copy_(Own, source.Own, Bit(nonBlocking)));

        public Tensor set_(Tensor source) => Acted(ts_set_(Own, source.Own));

        public Tensor view(params long[] shape) => Made(ts_view(Own, shape, shape.Length));

        public Tensor reshape(params long[] shape) => Made(ts_reshape(Own, shape, shape.Length));

        public Tensor permute(params long[] permutation) => Made(ts_permute(Own, permutation, permutation.Length));

        public Tensor repeat(params long[] sizes) => Made(ts_repeat(Own, sizes, sizes.Length));

        public Tensor flip(params long[] dims) => Made(ts_flip(Own, dims, dims.Length));

        public Tensor tile(long[] reps) => Made(ts_tile(Own, reps, reps.Length));

        public Tensor view_as(Tensor other) => view(other.shape);

        public Tensor expand(params long[] sizes) => expand(sizes, false);

        public Tensor expand(long[] sizes, bool isImplicit = false) => Made(ts_expand(Own, sizes, sizes.Length, Bit(isImplicit)));

        public Tensor expand_as(Tensor other) => expand(other.shape);

        public Tensor transpose(long dim0, long dim1) => Made(ts_transpose(Own, dim0, dim1));

        public Tensor squeeze(long? dim = null) => Made(dim is { } given ? ts_squeeze_dim(Own, given) : ts_squeeze(Own));

        public Tensor unsqueeze(long dim) => Made(ts_unsqueeze(Own, dim));

        public Tensor unsqueeze_(long dim) => Acted(ts_unsqueeze_(Own, dim));

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Made(ts_flatten(Own, start_dim, end_dim));

        public Tensor unflatten(long dim, params long[] sizes) => Made(ts_unflatten(Own, dim, sizes, sizes.Length));

        public Tensor narrow(long dim, long start, long length) => Made(ts_narrow(Own, dim, start, length));

        public Tensor slice(long dim, long start, long finish, long step) => Made(ts_slice(Own, dim, start, finish, step));

        public Tensor select(long dim, long index) => Made(ts_select(Own, dim, index));

        public Tensor roll(long shifts, long? dims = null) => dims is { } given ? roll(new[] { shifts }, new[] { given }) : roll(new[] { shifts });

        public Tensor roll(long[] shifts) => roll(shifts, Array.Empty<long>());

        public Tensor roll(long[] shifts, long[] dims) => Made(ts_roll(Own, shifts, shifts.Length, dims, dims.Length));

        public Tensor unfold(long dimension, long size, long step) => Made(ts_unfold(Own, dimension, size, step));

        public Tensor tril(long diagonal = 0) => Made(ts_tril(Own, diagonal));

        public Tensor triu(long diagonal = 0) => Made(ts_triu(Own, diagonal));

        public Tensor diag(long diagonal = 0) => Made(ts_diag(Own, diagonal));

        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) => Made(ts_as_strided(Own, size, strides, size.Length, storageOffset));

        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) => Made(ts_repeat_interleave(Own, TensorHandle.None, repeats, Maybe(dim)));

        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) => Made(ts_repeat_interleave(Own, repeats.Own, 0, Maybe(dim)));

        public Tensor[] split(long size, int dim = 0) => Several(ts_split_size(Own, size, dim, out var parts), parts);

        public Tensor[] split(long[] sizes, long dim = 0) => Several(ts_split(Own, sizes, sizes.Length, dim, out var parts), parts);

        public Tensor[] chunk(long chunks, long dim = 0) => Several(ts_chunk(Own, chunks, dim, out var parts), parts);

        public Tensor[] unbind(long dimension = 0) => Several(ts_unbind(Own, dimension, out var parts), parts);

        public Tensor gather(long dim, Tensor index) => Made(ts_gather(Own, dim, index.Own));

        public Tensor take_along_dim(Tensor indices, long dim) => Made(ts_take_along_dim(Own, indices.Own, dim));

        public Tensor take(Tensor index) => Made(ts_take(Own, index.Own));

        public Tensor index_select(long dim, Tensor index) => Made(ts_index_select(Own, dim, index.Own));

        public Tensor masked_select(Tensor mask) => Made(ts_masked_select(Own, mask.Own));

        public Tensor scatter(long dim, Tensor index, Tensor src) => Made(ts_scatter(Own, dim, index.Own, src.Own));

        public Tensor scatter_(long dim, Tensor index, Tensor src) => Acted(ts_scatter_(Own, dim, index.Own, src.Own));

        public Tensor scatter_add(long dim, Tensor index, Tensor src) => Made(ts_scatter_add(Own, dim, index.Own, src.Own));

        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => Acted(ts_scatter_add_(Own, dim, index.Own, src.Own));

        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) => Acted(ts_index_add_(Own, dim, index.Own, source.Own, alpha.Value));

        public Tensor index_copy(long dim, Tensor index, Tensor source) => Made(ts_index_copy(Own, dim, index.Own, source.Own));

        public Tensor index_copy_(long dim, Tensor index, Tensor source) => Acted(ts_index_copy_(Own, dim, index.Own, source.Own));

        private static Number Maybe(long? value) => value is { } given ? new Number(given) : Number.None;
    }
}

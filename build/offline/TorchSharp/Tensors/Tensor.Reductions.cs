using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor any() => Made(ts_any(Own));

        public Tensor all() => Made(ts_all(Own));

        public Tensor all(long dim, bool keepdim = false) => Made(ts_all_dim(Own, dim, Bit(keepdim)));

        public Tensor argmax() => Made(ts_argmax(Own));

        public Tensor argmax(long dim, bool keepdim = false) => Made(ts_argmax_dim(Own, dim, Bit(keepdim)));

        public Tensor argmin(long dim, bool keepdim = false) => Made(ts_argmin_dim(Own, dim, Bit(keepdim)));

        public Tensor max() => Made(ts_max(Own));

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Pair(ts_max_dim(Own, dim, Bit(keepdim), out var values, out var indexes), values, indexes);

        public Tensor min() => Made(ts_min(Own));

        public Tensor amax(params long[] dims) => amax(dims, false);

        public Tensor amax(long[] dims, bool keepdim = false, Tensor @out = null) => Made(ts_amax(Own, dims, dims.Length, Bit(keepdim)));

        public Tensor nonzero() => Made(ts_nonzero(Own));

        public Tensor sum(ScalarType? type = null) => Made(ts_sum(Own, null, -1, 0, Code(type)));

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum(new[] { dim }, keepdim, type);

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Made(ts_sum(Own, dim, dim.Length, Bit(keepdim), Code(type)));

        public Tensor mean() => Made(ts_mean(Own, null, -1, 0, -1));

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => Made(ts_mean(Own, dimensions, dimensions.Length, Bit(keepdim), Code(type)));

        public Tensor norm(float p = 2) => Made(ts_norm(Own, p));

        public Tensor cumsum(long dim, ScalarType? type = null) => Made(ts_cumsum(Own, dim, Code(type)));

        public Tensor softmax(long dim, ScalarType? dtype = null) => Made(ts_softmax(Own, dim, Code(dtype)));

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Made(ts_log_softmax(Own, dim, Code(dtype)));

        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) => Pair(ts_sort(Own, dim, Bit(descending), Bit(stable), out var values, out var indexes), values, indexes);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) => Pair(ts_topk(Own, k, dim, Bit(largest), Bit(sorted), out var values, out var indexes), values, indexes);

        public Tensor matmul(Tensor target) => Made(ts_matmul(Own, target.Own));
    }
}

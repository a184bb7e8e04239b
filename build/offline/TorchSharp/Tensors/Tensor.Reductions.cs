using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor any() => Made(ts_any(Own));

        public Tensor any(long dim, bool keepdim = false) => Made(ts_any_dim(Own, dim, Bit(keepdim)));

        public Tensor all() => Made(ts_all(Own));

        public Tensor all(long dim, bool keepdim = false) => Made(ts_all_dim(Own, dim, Bit(keepdim)));

        public Tensor argmax() => Made(ts_argmax(Own));

        public Tensor argmax(long dim, bool keepdim = false) => Made(ts_argmax_dim(Own, dim, Bit(keepdim)));

        public Tensor argmin() => Made(ts_argmin(Own));

        public Tensor argmin(long dim, bool keepdim = false) => Made(ts_argmin_dim(Own, dim, Bit(keepdim)));

        public Tensor max() => Made(ts_max(Own));

        public Tensor max(Tensor other) => maximum(other);

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Pair(ts_max_dim(Own, dim, Bit(keepdim), out var values, out var indexes), values, indexes);

        public Tensor min() => Made(ts_min(Own));

        public Tensor min(Tensor other) => minimum(other);

        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Pair(ts_min_dim(Own, dim, Bit(keepdim), out var values, out var indexes), values, indexes);

        public Tensor amax(params long[] dims) => amax(dims, false);

        public Tensor amax(long[] dims, bool keepdim = false, Tensor @out = null) => Made(ts_amax(Own, dims, dims.Length, Bit(keepdim)));

        public Tensor amin(params long[] dims) => amin(dims, false);

        public Tensor amin(long[] dims, bool keepdim = false, Tensor @out = null) => Made(ts_amin(Own, dims, dims.Length, Bit(keepdim)));

        public Tensor median() => Made(ts_median(Own));

        public Tensor nonzero() => Made(ts_nonzero(Own));

        public Tensor count_nonzero(long[] dims = null) => Made(ts_count_nonzero(Own, dims, dims?.Length ?? -1));

        public Tensor sum(ScalarType? type = null) => Made(ts_sum(Own, null, -1, 0, Code(type)));

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum(new[] { dim }, keepdim, type);

        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => sum(new[] { dim0, dim1 }, keepdim, type);

        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null) => sum(new[] { dim0, dim1, dim2 }, keepdim, type);

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Made(ts_sum(Own, dim, dim.Length, Bit(keepdim), Code(type)));

        public Tensor mean() => Made(ts_mean(Own, null, -1, 0, -1));

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => Made(ts_mean(Own, dimensions, dimensions.Length, Bit(keepdim), Code(type)));

        public Tensor var(bool unbiased = true) => Made(ts_var(Own, null, -1, Bit(unbiased), 0));

        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var(new[] { dim }, unbiased, keepdim, type);

        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Made(ts_var(Own, dimensions, dimensions.Length, Bit(unbiased), Bit(keepdim)));

        public Tensor std(bool unbiased = true) => Made(ts_std(Own, null, -1, Bit(unbiased), 0));

        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std(new[] { dim }, unbiased, keepdim, type);

        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Made(ts_std(Own, dimensions, dimensions.Length, Bit(unbiased), Bit(keepdim)));

        public Tensor prod(ScalarType? type = null) => Made(ts_prod(Own, Code(type)));

        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) => Made(ts_prod_dim(Own, dim, Bit(keepdim), Code(type)));

        public Tensor logsumexp(long dim, bool keepdim = false) => Made(ts_logsumexp_dim(Own, dim, Bit(keepdim)));

        public Tensor norm(float p = 2) => Made(ts_norm(Own, p));

        public Tensor norm(int dim, bool keepdim = false, float p = 2) => Made(ts_norm_dim(Own, p, dim, Bit(keepdim)));

        public Tensor renorm(float p, long dim, float maxnorm) => Made(ts_renorm(Own, p, dim, maxnorm));

        public Tensor cumsum(long dim, ScalarType? type = null) => Made(ts_cumsum(Own, dim, Code(type)));

        public Tensor cumprod(long dim, ScalarType? type = null) => Made(ts_cumprod(Own, dim, Code(type)));

        public Tensor softmax(long dim, ScalarType? dtype = null) => Made(ts_softmax(Own, dim, Code(dtype)));

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Made(ts_log_softmax(Own, dim, Code(dtype)));

        public Tensor argsort(long dim = -1, bool descending = false) => Made(ts_argsort(Own, dim, Bit(descending)));

        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) => Made(ts_quantile(Own, q.Own, dim, Bit(keepdim)));

        public Tensor bincount(Tensor weights, long minlength = 0) => Made(ts_bincount(Own, Optional(weights), minlength));

        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) => Pair(ts_sort(Own, dim, Bit(descending), Bit(stable), out var values, out var indexes), values, indexes);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) => Pair(ts_topk(Own, k, dim, Bit(largest), Bit(sorted), out var values, out var indexes), values, indexes);

        public (Tensor values, Tensor indices) kthvalue(long k, long? dim, bool keepdim = false) => Pair(ts_kthvalue(Own, k, dim ?? -1, Bit(keepdim), out var values, out var indexes), values, indexes);

        public Tensor matmul(Tensor target) => Made(ts_matmul(Own, target.Own));

        public Tensor mm(Tensor target) => Made(ts_mm(Own, target.Own));

        public Tensor mv(Tensor target) => Made(ts_mv(Own, target.Own));

        public Tensor dot(Tensor target) => Made(ts_dot(Own, target.Own));

        public Tensor bmm(Tensor batch2) => Made(ts_bmm(Own, batch2.Own));

        public Tensor outer(Tensor vec2) => Made(ts_outer(Own, vec2.Own));
    }
}

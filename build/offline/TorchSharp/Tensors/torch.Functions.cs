using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => tensors.Count == 0 ? throw new ArgumentException(nameof(tensors)) : Joined(ts_cat(Pointers(tensors), tensors.Count, dim), tensors);

    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Stacked(tensors.ToArray(), dim);

    public static Tensor where(Tensor condition, Tensor x, Tensor y) => x.where(condition, y);

    public static void set_num_threads(int num) => Done(ts_set_num_threads(num));

    public static partial class linalg
    {
        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L') => Pair(ts_linalg_eigh(input.Own, UPLO, out var values, out var vectors), values, vectors);
    }

    private static Tensor Stacked(Tensor[] parts, long dim) => Joined(ts_stack(Pointers(parts), parts.Length, dim), parts);

    private static Tensor Joined(nint native, IEnumerable<Tensor> parts)
    {
        GC.KeepAlive(parts);
        return Made(native);
    }
}

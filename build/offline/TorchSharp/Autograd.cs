using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        public static void backward(IList<Tensor> tensors, IList<Tensor> grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor> inputs = null)
        {
            var succeeded = ts_backward(
                Pointers(tensors), tensors.Count, Optional(grad_tensors), grad_tensors?.Count ?? 0, Bit(retain_graph ?? create_graph),
                Bit(create_graph), Optional(inputs), inputs?.Count ?? 0);
            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
            Done(succeeded);
        }

        public static void backward(Tensor tensor, IList<Tensor> grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor> inputs = null) =>
            backward(new[] { tensor }, grad_tensors, retain_graph, create_graph, inputs);

        private static nint[] Optional(IList<Tensor> tensors) => tensors is null ? null : Pointers(tensors);
    }

    public partial class Tensor
    {
        public void backward() => autograd.backward(this);
    }
}

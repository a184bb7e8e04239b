using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        public static IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor> grad_outputs = null, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            var succeeded = ts_autograd_grad(
                Pointers(outputs), outputs.Count, Pointers(inputs), inputs.Count, Optional(grad_outputs), grad_outputs?.Count ?? 0,
                Bit(retain_graph), Bit(create_graph), Bit(allow_unused), out var gradients);
            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            return Several(succeeded, gradients);
        }

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

        // As in TorchSharp 0.102: the two switches reach autograd.backward the other way round.
        public void backward(IList<Tensor> grad_tensors = null, bool create_graph = false, bool retain_graph = false, IList<Tensor> inputs = null) =>
            autograd.backward(this, grad_tensors, create_graph, retain_graph, inputs);
    }
}

namespace TorchSharp.Modules
{
    public class Parameter : torch.Tensor
    {
        // Takes the native tensor over: data is left with an empty handle.
        internal Parameter(nint native) : base(native)
        {
        }

        public Parameter(torch.Tensor data, bool requires_grad = true) : base(data.requires_grad_(requires_grad).GiveUp())
        {
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
        }
    }
}

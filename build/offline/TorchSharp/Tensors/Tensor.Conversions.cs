using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted(Like(type, null), copy, disposeAfter, non_blocking);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted(Like(null, InitializeDevice(device)), copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted(Like(type, InitializeDevice(device)), copy, disposeAfter, non_blocking);

        public Tensor cpu() => to(CPU);

        private Tensor Converted(Options options, bool copy, bool disposeAfter, bool non_blocking)
        {
            var native = ts_to(Own, options, Bit(copy), Bit(non_blocking));
            if (native != 0 && disposeAfter)
                Dispose();
            return Made(native);
        }
    }
}

public static class TensorExtensionMethods
{
}

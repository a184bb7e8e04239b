using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public class Generator : IDisposable
    {
        private readonly GeneratorHandle handle;

        public Generator(ulong seed = 0, Device device = null)
        {
            this.device = device ?? CPU;
            handle = Checked(ts_generator(seed, (int)this.device.type, this.device.index));
        }

        private Generator(GeneratorHandle handle)
        {
            device = CPU;
            this.handle = handle;
        }

        public static Generator Default => new(Checked(ts_generator_default()));

        public Device device { get; }

        public Tensor get_state() => Made(ts_generator_state(handle));

        public void set_state(Tensor value) => Done(ts_generator_set_state(handle, value.Own));

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (disposing)
                handle.Dispose();
        }

        internal static GeneratorHandle Of(Generator generator) => generator is null ? GeneratorHandle.None : generator.handle;

        private static GeneratorHandle Checked(nint native) => native != 0 ? new GeneratorHandle(native) : throw Failure();
    }
}

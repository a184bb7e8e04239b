namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor : IDisposable
    {
        private TensorHandle handle;

        internal Tensor(nint native) : this(new TensorHandle(native))
        {
        }

        internal Tensor(TensorHandle handle)
        {
            this.handle = handle;
            TensorHandle.Count();
            OwningDisposeScope = DisposeScopeManager.OfThread.Register(this);
        }

        public static long TotalCount => Interlocked.Read(ref TensorHandle.Live);

        public nint Handle => Own.DangerousGetHandle();

        public bool IsInvalid => handle.IsEmpty;

        internal DisposeScope OwningDisposeScope { get; set; }

        /// <summary>The handle of a tensor that is still there.</summary>
        internal TensorHandle Own => handle.IsEmpty ? throw new InvalidOperationException("Tensor invalid -- empty handle.") : handle;

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            OwningDisposeScope?.MarkAsDisposed(this);
            if (!handle.IsInvalid)
                handle.Dispose();
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        /// <summary>Takes the native tensor away: this object is left with an empty handle.</summary>
        internal TensorHandle GiveUp()
        {
            var given = Own;
            handle = TensorHandle.None;
            return given;
        }

        internal static TensorHandle Optional(Tensor tensor) => tensor is null ? TensorHandle.None : tensor.Own;

        private Tensor Acted(int succeeded)
        {
            Native.Done(succeeded);
            return this;
        }
    }
}

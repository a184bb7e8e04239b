namespace ML.Robustness.Transforms.Persistence;

/// <summary>Hands a stream to a writer that may keep a failure to itself, and throws that failure afterwards.</summary>
/// <remarks>
/// ML.NET closes its zip archive in a catch-all: what fails to be written then is not heard of, and half an archive stays.
/// </remarks>
internal static class AtomicZipFile
{
    internal static void Write(Stream file, Action<Stream> write)
    {
        using var watched = new WatchedStream(file);
        write(watched);
        if (watched.Failure is { } failure)
            throw new IOException(failure.Message, failure);
    }

    private sealed class WatchedStream(Stream inner) : Stream
    {
        internal IOException? Failure { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => inner.CanSeek;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => inner.Position = value;
        }

        public override void Flush() => Watch(inner.Flush);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void SetLength(long value) => inner.SetLength(value);

        public override void Write(byte[] buffer, int offset, int count) => Watch(() => inner.Write(buffer, offset, count));

        private void Watch(Action write)
        {
            try
            {
                write();
            }
            catch (IOException error)
            {
                Failure ??= error;
                throw;
            }
        }
    }
}

namespace Microsoft.ML.Runtime;

/// <summary>The environment and the hosts registered on it: names for messages, one random number generator each, one log for all.</summary>
internal abstract class HostEnvironmentBase : IHostEnvironmentInternal
{
    private readonly HostEnvironmentBase _master;
    private readonly TauswortheHybrid _random;
    private readonly Log _log;

    protected HostEnvironmentBase(int? seed)
    {
        Seed = seed;
        _random = RandomUtils.Create(seed);
        _log = new Log();
        ComponentCatalog = new ComponentCatalog();
        TempFilePath = Path.GetTempPath();
    }

    private HostEnvironmentBase(HostEnvironmentBase master, string name, TauswortheHybrid random)
    {
        _master = master;
        _random = random;
        _log = master._log;
        ShortName = name;
        ParentFullName = master._master?.FullName;
        Seed = master.Seed;
        ComponentCatalog = master.ComponentCatalog;
        TempFilePath = master.TempFilePath;
        GpuDeviceId = master.GpuDeviceId;
        FallbackToCpu = master.FallbackToCpu;
    }

    public string ShortName { get; }

    public string ParentFullName { get; }

    public string FullName => string.IsNullOrEmpty(ParentFullName) ? ShortName : $"{ParentFullName}; {ShortName}";

    public string ContextDescription => "HostEnvironment";

    public int? Seed { get; }

    public string TempFilePath { get; set; }

    public bool FallbackToCpu { get; set; }

    public int? GpuDeviceId { get; set; }

    public ComponentCatalog ComponentCatalog { get; }

    public void AddListener(Action<string, ChannelMessage> listener) => _log.Listeners += listener;

    public IHost Register(string name, int? seed = null, bool? verbose = null)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        lock (_random)
            return new Host(this, name, seed.HasValue ? RandomUtils.Create(seed.Value) : new TauswortheHybrid(_random));
    }

    public IChannel Start(string name) => new Channel(this, name);

    public IPipe<TMessage> StartPipe<TMessage>(string name) => new Pipe<TMessage>(this, name);

    public IProgressChannel StartProgressChannel(string name) => new ProgressChannel(this, name);

    public TException Process<TException>(TException ex)
        where TException : Exception
    {
        ex.Data["Throwing component"] = "Environment";
        return Contracts.Mark(ex);
    }

    private sealed class Log
    {
        public event Action<string, ChannelMessage> Listeners;

        public void Write(string source, ChannelMessage message) => Listeners?.Invoke(source, message);
    }

    private sealed class Host : HostEnvironmentBase, IHost
    {
        public Host(HostEnvironmentBase master, string name, TauswortheHybrid random)
            : base(master, name, random)
        {
        }

        public Random Rand => _random;
    }

    /// <summary>A named phase of a host. A message type other than the log's has no listener: nobody can subscribe to one from outside.</summary>
    private class Pipe<TMessage> : IPipe<TMessage>
    {
        private readonly HostEnvironmentBase _parent;
        private readonly string _name;
        private bool _disposed;

        public Pipe(HostEnvironmentBase parent, string name)
        {
            _parent = parent;
            _name = string.IsNullOrEmpty(name) ? null : name;
        }

        public string ContextDescription => string.IsNullOrEmpty(_parent.FullName) ? _name : $"{_parent.FullName}; {_name}";

        public void Send(TMessage msg)
        {
            if (msg is ChannelMessage message)
                _parent._log.Write(ContextDescription, message);
        }

        public TException Process<TException>(TException ex)
            where TException : Exception
        {
            ex.Data["Throwing component"] = _parent.ShortName;
            ex.Data["Parent component"] = _parent.ParentFullName;
            ex.Data["Phase"] = _name;
            return Contracts.Mark(ex);
        }

        public void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            Finish();
        }

        protected virtual void Finish()
        {
        }
    }

    private sealed class Channel : Pipe<ChannelMessage>, IChannel
    {
        private readonly long _started = System.Diagnostics.Stopwatch.GetTimestamp();

        public Channel(HostEnvironmentBase parent, string name)
            : base(parent, name)
        {
            Trace(MessageSensitivity.None, "Channel started");
        }

        public void Trace(MessageSensitivity sensitivity, string fmt) => Write(ChannelMessageKind.Trace, sensitivity, fmt);

        public void Trace(MessageSensitivity sensitivity, string fmt, params object[] args) => Write(ChannelMessageKind.Trace, sensitivity, fmt, args);

        public void Error(MessageSensitivity sensitivity, string fmt) => Write(ChannelMessageKind.Error, sensitivity, fmt);

        public void Error(MessageSensitivity sensitivity, string fmt, params object[] args) => Write(ChannelMessageKind.Error, sensitivity, fmt, args);

        public void Warning(MessageSensitivity sensitivity, string fmt) => Write(ChannelMessageKind.Warning, sensitivity, fmt);

        public void Warning(MessageSensitivity sensitivity, string fmt, params object[] args) => Write(ChannelMessageKind.Warning, sensitivity, fmt, args);

        public void Info(MessageSensitivity sensitivity, string fmt) => Write(ChannelMessageKind.Info, sensitivity, fmt);

        public void Info(MessageSensitivity sensitivity, string fmt, params object[] args) => Write(ChannelMessageKind.Info, sensitivity, fmt, args);

        protected override void Finish()
        {
            Trace(MessageSensitivity.None, "Channel finished. Elapsed {0:c}.", System.Diagnostics.Stopwatch.GetElapsedTime(_started));
            Trace(MessageSensitivity.None, "Channel disposed");
        }

        private void Write(ChannelMessageKind kind, MessageSensitivity sensitivity, string message)
            => Send(new ChannelMessage(kind, sensitivity, message));

        private void Write(ChannelMessageKind kind, MessageSensitivity sensitivity, string format, object[] arguments)
            => Send(new ChannelMessage(kind, sensitivity, format, arguments));
    }
}

namespace TorchSharp;

public sealed class DisposeScope : IDisposable
{
    private readonly HashSet<IDisposable> held = new(ReferenceEqualityComparer.Instance);
    private DisposeScopeManager manager;

    internal DisposeScope(DisposeScopeManager manager)
    {
        this.manager = manager;
        Outer = manager.Current;
    }

    public int DisposablesCount => Held.Count;

    internal DisposeScope Outer { get; set; }

    private HashSet<IDisposable> Held => Alive(held);

    private ThreadDisposeScopeStatistics Counts => Alive(manager).Counts;

    public bool Contains(IDisposable disposable) => held.Contains(disposable);

    public T MoveToOuter<T>(T disposable) where T : IDisposable => MoveToOther(Outer, disposable);

    public T MoveToOther<T>(DisposeScope scope, T disposable) where T : IDisposable
    {
        if (Held.Remove(disposable))
            Give(scope, disposable);
        return disposable;
    }

    public T Detach<T>(T disposable) where T : IDisposable
    {
        if (Held.Remove(disposable))
            Give(null, disposable);
        return disposable;
    }

    public void DisposeEverything() => DisposeEverythingBut(Enumerable.Empty<IDisposable>());

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var kept = inKeep.ToHashSet<IDisposable>(ReferenceEqualityComparer.Instance);
        var old = Held.ToArray();
        held.Clear();
        held.UnionWith(kept);
        foreach (var disposable in old)
        {
            if (kept.Contains(disposable))
                continue;
            if (disposable is not torch.Tensor { IsInvalid: true })
                Counts.DisposedInScopeCount++;
            SetOwner(disposable, null);
            disposable.Dispose();
        }
    }

    public void MarkAsDisposed(IDisposable disposable)
    {
        Counts.DisposedInScopeCount++;
        held.Remove(disposable);
        SetOwner(disposable, null);
    }

    public void Dispose()
    {
        if (manager is null)
            return;
        DisposeEverything();
        manager.Remove(this);
        manager = null;
    }

    internal void Register(torch.Tensor tensor) => held.Add(tensor);

    private static void SetOwner(IDisposable disposable, DisposeScope scope)
    {
        if (disposable is torch.Tensor tensor)
            tensor.OwningDisposeScope = scope;
    }

    private void Give(DisposeScope scope, IDisposable disposable)
    {
        if (scope is null)
            Counts.DetachedFromScopeCount++;
        else
            scope.Held.Add(disposable);
        SetOwner(disposable, scope);
    }

    private T Alive<T>(T value) => manager is null ? throw new ObjectDisposedException(typeof(DisposeScope).FullName) : value;
}

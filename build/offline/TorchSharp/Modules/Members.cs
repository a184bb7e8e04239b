using System.Collections;

namespace TorchSharp.Modules;

/// <summary>Named members of a module in the order in which they were registered.</summary>
internal sealed class Members<T> : IEnumerable<(string name, T member)>
{
    private readonly List<(string name, T member)> all = new();

    internal bool Contains(string name) => Position(name) >= 0;

    internal T Find(string name) => Position(name) is >= 0 and var position ? all[position].member : default;

    internal bool TryAdd(string name, T member)
    {
        if (Contains(name))
            return false;
        all.Add((name, member));
        return true;
    }

    internal void Set(string name, T member)
    {
        if (Position(name) is >= 0 and var position)
            all[position] = (name, member);
        else
            all.Add((name, member));
    }

    internal void Remove(string name) => all.RemoveAll(entry => entry.name == name);

    public IEnumerator<(string name, T member)> GetEnumerator() => all.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int Position(string name) => all.FindIndex(entry => entry.name == name);
}

using System.Collections;

namespace GoldenTests;

/// <summary>An ordered object of the facts' JSON: <c>new O { { "name", value } }</c>.</summary>
public sealed class O : IEnumerable<object>
{
    public List<(string k, object v)> L { get; } = [];

    public void Add(string key, object value) => L.Add((key, value));

    public O With(string key, object value)
    {
        Add(key, value);
        return this;
    }

    public IEnumerator<object> GetEnumerator() => L.Select(pair => (object)pair).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

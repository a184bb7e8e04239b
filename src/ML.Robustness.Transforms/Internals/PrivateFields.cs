using System.Reflection;

namespace ML.Robustness.Transforms.Internals;

/// <summary>Reads what a fitted step of ML.NET keeps to itself, and that no probing tells to the last bit.</summary>
internal static class PrivateFields
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
        | BindingFlags.DeclaredOnly;

    /// <summary>The value of a field or property of an object, whatever class declares it.</summary>
    /// <exception cref="MissingMemberException">ML.NET has changed.</exception>
    internal static T Read<T>(object owner, string name)
    {
        for (var type = owner.GetType(); type is not null; type = type.BaseType)
        {
            if (type.GetField(name, Own) is { } field)
                return (T)field.GetValue(owner)!;
            if (type.GetProperty(name, Own) is { } property)
                return (T)property.GetValue(owner)!;
        }
        throw new MissingMemberException(
            $"{owner.GetType()} has no member '{name}': this version of ML.NET is not one that was tried.");
    }
}

using System.Runtime.CompilerServices;

[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Data")]
[assembly: IgnoresAccessChecksTo("Microsoft.ML.StandardTrainers")]

namespace System.Runtime.CompilerServices;

/// <summary>Lets this assembly reach the internals of another; the runtime knows the attribute by its name.</summary>
/// <remarks>
/// Everything of ML.NET's internals that this project leans on is used in this folder and nowhere else, and each is named by a
/// test, so that a version of ML.NET without one of them is found out there. build/RaiseVisibility.targets does for the compiler
/// what this does for the runtime.
/// </remarks>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    public string AssemblyName { get; } = assemblyName;
}

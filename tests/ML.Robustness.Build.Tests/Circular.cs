// Two rooms that use each other, so that a test can see them found.
namespace ML.Robustness.Build.Tests.Circular.One
{
    internal sealed class First
    {
        public static Two.Second Make() => new();
    }
}

namespace ML.Robustness.Build.Tests.Circular.Two
{
    internal sealed class Second
    {
        public override string ToString() => nameof(One.First) + One.First.Make();
    }
}

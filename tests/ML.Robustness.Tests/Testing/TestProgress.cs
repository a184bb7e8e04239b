namespace ML.Robustness.Tests.Testing;

/// <summary>Calls at once, on the thread that reports.</summary>
internal sealed class TestProgress<T>(Action<T> heard) : IProgress<T>
{
    public void Report(T value) => heard(value);
}

using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Documentation;

/// <summary>The calls that docs/troubleshooting.md says to end the process, each in a process of its own.</summary>
public sealed class AbortingCallsTests
{
    public static TheoryData<string> Names => [.. ChildProcess.Aborting.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void ACallOfTheList_EndsTheProcess(string name)
    {
        using var child = ChildProcess.Start(name);
        var errors = child.StandardError.ReadToEnd();
        child.WaitForExit();
        Assert.NotEqual(0, child.ExitCode);
        Assert.Contains(name == "recursion" ? "Stack overflow" : "terminate called after throwing an instance of 'c10::Error'",
            errors, StringComparison.Ordinal);
    }
}

using Microsoft.ML;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Persistence;

/// <summary>Two runs on one path, in one process and in two, and a run that was killed.</summary>
public sealed class TwoRunsTests : IDisposable
{
    private static readonly Dictionary<string, Action<string, Action?>> Here = new()
    {
        ["training"] = ChildProcess.Train,
        ["evaluation"] = ChildProcess.Evaluate,
        ["feature data set"] = ChildProcess.SaveRows,
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. Here.Keys];

    private string Target => _folder.PathOf("target");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void TheSecond_InTheSameProcess_SaysSo_AndTheFirstFinishesUntouched(string name)
    {
        Here[name](_folder.PathOf("alone"), null);
        Here[name](Target, () => IsRefused(() => Here[name](Target, null)));
        AssertFinished(name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TheSecond_OfTwoProcesses_SaysSo_AndTheFirstFinishesUntouched(string name)
    {
        Here[name](_folder.PathOf("alone"), null);
        using var first = ChildProcess.Start(name, Target);
        Assert.Equal("begun", first.StandardOutput.ReadLine());
        IsRefused(() => Here[name](Target, null));
        first.StandardInput.WriteLine();
        var errors = first.StandardError.ReadToEnd();
        first.WaitForExit();
        Assert.True(first.ExitCode == 0, errors);
        AssertFinished(name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ARunAfterOneThatWasKilled_Finishes(string name)
    {
        Here[name](_folder.PathOf("alone"), null);
        using (var killed = ChildProcess.Start(name, Target))
        {
            Assert.Equal("begun", killed.StandardOutput.ReadLine());
            killed.Kill();
            killed.WaitForExit();
        }

        Here[name](Target, null);
        AssertFinished(name);
    }

    [Fact]
    public void SaveAtomically_WhileAnotherSaves_SaysSo()
    {
        var ml = new MLContext(1);
        using var classifier = TwoDimensionalClasses.Fitted(ml, options => options.Epochs = 1);
        using (new FileStream(Target + ".lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None))
            IsRefused(() => ml.Model.SaveAtomically(classifier, null, Target));
        ml.Model.SaveAtomically(classifier, null, Target);
    }

    private void IsRefused(Action second) => Assert.Equal(
        $"Cannot write '{Target}': it is being written by another run. Wait for the other run to end, or choose another path.",
        Assert.Throws<IOException>(second).Message);

    private void AssertFinished(string name)
    {
        Assert.Equal([_folder.PathOf("alone"), Target], Directory.GetFiles($"{_folder}").Order());
        // Checkpoints and states hold times.
        if (name == "feature data set")
            Assert.Equal(File.ReadAllBytes(_folder.PathOf("alone")), File.ReadAllBytes(Target));
        else
            Assert.InRange(new FileInfo(Target).Length - new FileInfo(_folder.PathOf("alone")).Length, -8, 8);
    }
}

using ML.Robustness.Faults.Formats;

namespace ML.Robustness.Transforms.Tests.Persistence;

/// <summary>The files that the fault suite found, and damage to each format.</summary>
public sealed class DamagedFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Formats => [.. FormatTable.All.Select(format => format.Name)];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_OfEachFileOnceFound_EndsAsPromised()
    {
        Assert.NotEmpty(Regressions.Names);
        Assert.All(Regressions.Names, name =>
        {
            var path = Copy(File.ReadAllBytes(Regressions.PathOf(name)));
            var outcome = Judge.Read(Regressions.FormatOf(name), path, null, out var detail);
            Assert.True(outcome < Outcome.SilentDifference, $"{name}: {outcome} {detail}");
        });
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Read_OfTheUndamagedFile_GivesTheSameContentTwice(string name)
    {
        var format = FormatTable.Of(name);
        Assert.Equal(format.Read(Copy(format.Honest)), format.Read(Copy(format.Honest)));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Read_OfAFileCutAnywhere_EndsAsPromised(string name)
    {
        var format = FormatTable.Of(name);
        for (var share = 0; share < 20; share++)
        {
            var outcome = Judge.Read(format, Copy(format.Honest[..(format.Honest.Length * share / 20)]), null, out var detail);
            Assert.True(outcome < Outcome.SilentDifference, $"{share}/20 of the file: {outcome} {detail}");
        }
    }

    private string Copy(byte[] file) => _folder.Write("file", file);
}

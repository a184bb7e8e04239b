namespace ML.Robustness.Build.Tests;

public sealed class RelaxGlibcxxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private const string Wanted = "GLIBCXX_3.4.32", Older = "GLIBCXX_3.4.21";
    private readonly RecordingEngine _engine = new();

    [Fact]
    public void Version_ThatNoSymbolIsBoundTo_BecomesWeak_AndNothingElseChanges()
    {
        var image = MadeElf.Make([Older, Wanted]);

        var relaxed = Relax(image);

        var changed = Enumerable.Range(0, image.Length).Where(i => image[i] != relaxed![i]).ToArray();
        Assert.Equal([RelaxGlibcxx.FindFlags(image)], changed);
        Assert.Equal(2, relaxed![changed[0]]);
        Assert.Equal(image, File.ReadAllBytes(_folder.PathOf("source")));
        Assert.Empty(_engine.Messages);
    }

    [Fact]
    public void Flags_OfTheOtherVersion_AreAnotherByte()
    {
        var (first, second) = (MadeElf.Make([Wanted, Older], relocated: 2), MadeElf.Make([Older, Wanted]));

        Assert.Equal(16, RelaxGlibcxx.FindFlags(second) - RelaxGlibcxx.FindFlags(first));
    }

    [Fact]
    public void Library_WithoutTheVersion_IsLeftAlone()
    {
        Assert.Null(Relax(MadeElf.Make([Older])));
        Assert.Empty(_engine.Messages);
    }

    [Fact]
    public void Library_AlreadyRelaxed_StaysAsItIs()
    {
        var relaxed = MadeElf.Make([Older, Wanted], flags: 2);

        Assert.Equal(relaxed, Relax(relaxed));
    }

    [Fact]
    public void Symbol_ThatIsBound_KeepsItsVersion()
    {
        Assert.Null(Relax(MadeElf.Make([Older, Wanted], relocated: 2)));
        Assert.Contains("uses a symbol of GLIBCXX_3.4.32", Assert.Single(_engine.Messages), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no library, a text", "no ELF file")]
    [InlineData("", "no ELF file")]
    public void File_ThatIsNoElf_IsLeftAlone(string content, string why)
    {
        Assert.Null(Relax(System.Text.Encoding.ASCII.GetBytes(content)));
        Assert.Contains(why, Assert.Single(_engine.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public void Library_Of32Bits_IsLeftAlone()
    {
        var image = MadeElf.Make([Wanted]);
        image[4] = 1;

        Assert.Null(Relax(image));
        Assert.Contains("no 64-bit little-endian", Assert.Single(_engine.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public void File_CutAnywhere_IsLeftAlone()
    {
        var image = MadeElf.Make([Older, Wanted]);

        for (var length = 0; length < image.Length; length++)
            Assert.Throws<InvalidDataException>(() => RelaxGlibcxx.FindFlags(image[..length]));
    }

    [Fact]
    public void File_WithAnyByteWrong_GivesAPlaceInsideOrIsRefused()
    {
        var image = MadeElf.Make([Older, Wanted]);
        foreach (var wrong in new byte[] { 0, 1, 0x7f, 0x80, 0xff })
        {
            for (var i = 0; i < image.Length; i++)
            {
                var damaged = (byte[])image.Clone();
                damaged[i] = wrong;
                try
                {
                    Assert.InRange(RelaxGlibcxx.FindFlags(damaged), -1, image.Length - 1);
                }
                catch (InvalidDataException)
                {
                }
            }
        }
    }

    [Fact]
    public void Destination_ThatIsALink_IsReplacedNotWrittenThrough()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Links are made with ln.");
        File.WriteAllBytes(_folder.PathOf("package"), MadeElf.Make([Older, Wanted]));
        Processes.Run("ln", _folder.PathOf("package"), _folder.PathOf("copy"));

        Assert.NotNull(Relax(File.ReadAllBytes(_folder.PathOf("package"))));

        Assert.Equal(MadeElf.Make([Older, Wanted]), File.ReadAllBytes(_folder.PathOf("package")));
        Assert.Equal(2, File.ReadAllBytes(_folder.PathOf("copy"))[RelaxGlibcxx.FindFlags(MadeElf.Make([Older, Wanted]))]);
    }

    [Fact]
    public void Copy_ThatIsRight_IsNotWrittenAgain()
    {
        Relax(MadeElf.Make([Older, Wanted]));
        var then = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(_folder.PathOf("copy"), then);

        Relax(MadeElf.Make([Older, Wanted]));

        Assert.Equal(then, File.GetLastWriteTimeUtc(_folder.PathOf("copy")));
    }

    [Fact]
    public void Mode_OfAnotherWord_IsAnError()
    {
        File.WriteAllBytes(_folder.PathOf("source"), MadeElf.Make([Wanted]));

        Assert.False(Task("perhaps").Execute());
        Assert.Contains("'perhaps'", Assert.Single(_engine.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Source_ThatIsMissing_IsAnError()
    {
        Assert.False(Task("true").Execute());
        Assert.Contains("cannot write", Assert.Single(_engine.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void TorchSharp_AsReferenced_IsWhatTheTaskIsMadeFor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only the library for Linux asks for versions.");
        Assert.NotEqual(-1,
            RelaxGlibcxx.FindFlags(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"))));
    }

    private byte[]? Relax(byte[] image)
    {
        File.WriteAllBytes(_folder.PathOf("source"), image);
        var task = Task("true");
        Assert.True(task.Execute());
        Assert.Empty(_engine.Errors);
        Assert.Empty(_engine.Warnings);
        return task.Relaxed ? File.ReadAllBytes(_folder.PathOf("copy")) : null;
    }

    private RelaxGlibcxx Task(string mode) =>
        new() { BuildEngine = _engine, Source = _folder.PathOf("source"), Destination = _folder.PathOf("copy"), Mode = mode };
}

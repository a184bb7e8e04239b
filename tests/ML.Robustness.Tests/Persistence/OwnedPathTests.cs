using ML.Robustness.Persistence;

namespace ML.Robustness.Tests.Persistence;

public sealed class OwnedPathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Target => _folder.PathOf("file.bin");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Take_APathThatIsTaken_SaysSoAtOnce_AndTheFirstFinishes()
    {
        using (var first = OwnedPath.Take(Target))
        {
            first.Write(stream =>
            {
                stream.Write([1, 2]);
                var error = Assert.Throws<IOException>(() => AtomicFile.Write(Target, second => second.Write([3])));
                Assert.Equal(
                    $"Cannot write '{Target}': it is being written by another run. Wait for the other run to end, or choose "
                        + "another path.", error.Message);
                Assert.Throws<IOException>(() => AtomicFile.CheckWritable(Target));
                stream.Write([4]);
            });
        }

        Assert.Equal([1, 2, 4], File.ReadAllBytes(Target));
        Assert.Equal([Target], Directory.GetFiles($"{_folder}"));
    }

    [Fact]
    public void Take_AfterARunThatWasKilled_Works()
    {
        // What a killed run leaves.
        File.WriteAllBytes(Target + ".lock", []);
        File.WriteAllBytes(Target + ".partial", [9]);
        AtomicFile.Write(Target, stream => stream.Write([1]));
        Assert.Equal([1], File.ReadAllBytes(Target));
        Assert.Equal([Target], Directory.GetFiles($"{_folder}"));
    }

    [Fact]
    public void Write_ByManyThreads_IsByOneAtATime()
    {
        var (writing, written, refused) = (0, 0, 0);
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, number =>
        {
            try
            {
                AtomicFile.Write(Target, stream =>
                {
                    Assert.Equal(1, Interlocked.Increment(ref writing));
                    stream.Write(BitConverter.GetBytes(number));
                    stream.Write(BitConverter.GetBytes(number));
                    Interlocked.Decrement(ref writing);
                });
                Interlocked.Increment(ref written);
            }
            catch (IOException error)
            {
                Assert.Contains("is being written by another run", error.Message, StringComparison.Ordinal);
                Interlocked.Increment(ref refused);
            }
        });

        Assert.Equal(400, written + refused);
        Assert.True(written > 0);
        var content = File.ReadAllBytes(Target);
        Assert.Equal(content[..4], content[4..]);
        Assert.Equal([Target], Directory.GetFiles($"{_folder}"));
    }

    [Fact]
    public void Write_ThatFails_LeavesTheOldFileAndNothingElse()
    {
        AtomicFile.Write(Target, stream => stream.Write([1]));
        Assert.Throws<InvalidTimeZoneException>(() => AtomicFile.Write(Target, _ => throw new InvalidTimeZoneException()));
        Assert.Equal([1], File.ReadAllBytes(Target));
        Assert.Equal([Target], Directory.GetFiles($"{_folder}"));
    }
}

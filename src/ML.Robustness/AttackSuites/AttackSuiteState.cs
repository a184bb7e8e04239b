using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ML.Robustness.Persistence;

namespace ML.Robustness.AttackSuites;

/// <summary>The verdicts of a suite so far and the next row to attack; the content of its file.</summary>
/// <remarks>The file is a mark, a version, the content and its SHA-256, which is checked before anything is used.</remarks>
internal sealed class AttackSuiteState
{
    internal const int Robust = -1;

    private const int Version = 3;
    private static readonly byte[] Mark = "MLRSUITE"u8.ToArray();

    internal AttackSuiteState(int attacks)
    {
        Statistics = [.. Enumerable.Range(0, attacks).Select(_ => new AttackCounts())];
        Successes = [.. Enumerable.Range(0, attacks).Select(_ => new HashSet<int>())];
    }

    internal List<int> Labels { get; } = [];

    internal List<int> CleanPredictions { get; } = [];

    internal List<int> Predictions { get; } = [];

    /// <summary>The attack that fooled the network on a row first, or <see cref="Robust"/>.</summary>
    internal List<int> SuccessfulAttack { get; } = [];

    internal List<double> Distances { get; } = [];

    /// <summary>The adversarial inputs found, by row.</summary>
    internal Dictionary<int, float[]> Inputs { get; } = [];

    internal AttackCounts[] Statistics { get; }

    /// <summary>The rows that each attack fooled the network on, whatever the attacks before it found.</summary>
    internal HashSet<int>[] Successes { get; }

    /// <summary>What the attacks had to say, each sentence once.</summary>
    internal List<string> Messages { get; } = [];

    /// <summary>The attack that runs next or is running.</summary>
    internal int Attack { get; set; }

    /// <summary>How many of its rows it is done with.</summary>
    internal int Done { get; set; }

    internal bool IsCorrect(int row) => CleanPredictions[row] == Labels[row];

    internal void Write(string path, string digest) => AtomicFile.Write(path, stream =>
    {
        using var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Mark);
            writer.Write(Version);
            Write(writer, digest);
        }
        var bytes = content.GetBuffer().AsSpan(0, (int)content.Length);
        stream.Write(bytes);
        stream.Write(SHA256.HashData(bytes));
    });

    /// <summary>Reads a state.</summary>
    /// <exception cref="InvalidDataException">The file is not a state, or is damaged.</exception>
    /// <exception cref="InvalidOperationException">The state belongs to another run.</exception>
    internal static AttackSuiteState Read(string path, string digest, int attacks)
    {
        const string Advice = "Delete it to attack from the start, or give another path.";
        var bytes = File.ReadAllBytes(path);
        if (!bytes.AsSpan().StartsWith(Mark))
            throw new InvalidDataException($"'{path}' is not the state of a suite of attacks. {Advice}");
        var content = bytes.Length - SHA256.HashSizeInBytes;
        if (content < Mark.Length || !SHA256.HashData(bytes.AsSpan(0, content)).AsSpan().SequenceEqual(bytes.AsSpan(content)))
            throw new InvalidDataException($"The state '{path}' is truncated or damaged. {Advice}");
        using var reader = new BinaryReader(new MemoryStream(bytes, Mark.Length, content - Mark.Length), Encoding.UTF8);
        var version = reader.ReadInt32();
        if (version != Version)
            throw new InvalidDataException(
                $"The state '{path}' has version {version}, and this library reads version {Version}. {Advice}");
        // The digest has one line for each thing, so that the first that differs can be named.
        var there = reader.ReadString();
        if (there != digest)
        {
            var (mine, its) = digest.Split('\n').Zip(there.Split('\n')).First(pair => pair.First != pair.Second);
            throw new InvalidOperationException(
                $"The state '{path}' is of another run: here {mine}, there {its}. {Advice}");
        }
        var state = new AttackSuiteState(attacks);
        state.Read(reader);
        return state;
    }

    private void Write(BinaryWriter writer, string digest)
    {
        writer.Write(digest);
        writer.Write(Attack);
        writer.Write(Done);
        foreach (var counts in Statistics)
            counts.Write(writer);
        foreach (var rows in Successes)
        {
            writer.Write(rows.Count);
            foreach (var row in rows.Order())
                writer.Write(row);
        }
        writer.Write(Messages.Count);
        Messages.ForEach(writer.Write);
        writer.Write(Labels.Count);
        for (var row = 0; row < Labels.Count; row++)
        {
            writer.Write(Labels[row]);
            writer.Write(CleanPredictions[row]);
            writer.Write(Predictions[row]);
            writer.Write(SuccessfulAttack[row]);
            writer.Write(Distances[row]);
        }
        writer.Write(Inputs.Count);
        foreach (var (row, values) in Inputs)
        {
            writer.Write(row);
            writer.Write(values.Length);
            writer.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        }
    }

    private void Read(BinaryReader reader)
    {
        Attack = reader.ReadInt32();
        Done = reader.ReadInt32();
        foreach (var counts in Statistics)
            counts.Read(reader);
        foreach (var successes in Successes)
        {
            for (var left = reader.ReadInt32(); left > 0; left--)
                successes.Add(reader.ReadInt32());
        }
        for (var left = reader.ReadInt32(); left > 0; left--)
            Messages.Add(reader.ReadString());
        var rows = reader.ReadInt32();
        for (var row = 0; row < rows; row++)
        {
            Labels.Add(reader.ReadInt32());
            CleanPredictions.Add(reader.ReadInt32());
            Predictions.Add(reader.ReadInt32());
            SuccessfulAttack.Add(reader.ReadInt32());
            Distances.Add(reader.ReadDouble());
        }
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var row = reader.ReadInt32();
            var values = new float[reader.ReadInt32()];
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
            Inputs.Add(row, values);
        }
    }

    /// <summary>What one attack did so far.</summary>
    internal sealed class AttackCounts
    {
        internal long Attacked { get; set; }

        internal long Succeeded { get; set; }

        internal long Queries { get; set; }

        internal long GradientQueries { get; set; }

        internal TimeSpan Duration { get; set; }

        internal void Write(BinaryWriter writer)
        {
            writer.Write(Attacked);
            writer.Write(Succeeded);
            writer.Write(Queries);
            writer.Write(GradientQueries);
            writer.Write(Duration.Ticks);
        }

        internal void Read(BinaryReader reader) =>
            (Attacked, Succeeded, Queries, GradientQueries, Duration) =
                (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(),
                    new TimeSpan(reader.ReadInt64()));
    }
}

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ML.Robustness.Persistence;

namespace ML.Robustness.AttackSuites;

/// <summary>The verdicts of a suite so far and how far each row is; the content of its file.</summary>
/// <remarks>The file is a mark, a version, the content and its SHA-256, which is checked before anything is used.</remarks>
internal sealed class AttackSuiteState
{
    internal const int Robust = -1;

    private const int Version = 4;
    private const string Advice = "Delete it to attack from the start, or give another path.";
    private static readonly byte[] Mark = "MLRSUITE"u8.ToArray();

    internal AttackSuiteState(int attacks, AttackSuiteIdentity identity)
    {
        Identity = identity;
        Messages = [.. Enumerable.Range(0, attacks).Select(_ => new List<string>())];
        Statistics = [.. Enumerable.Range(0, attacks).Select(_ => new AttackSuiteCounts())];
        Successes = [.. Enumerable.Range(0, attacks).Select(_ => new HashSet<int>())];
    }

    /// <summary>The rows and the run that the verdicts are of.</summary>
    internal AttackSuiteIdentity Identity { get; }

    internal int Rows => Labels.Count;

    internal List<int> Labels { get; } = [];

    internal List<int> CleanPredictions { get; } = [];

    internal List<int> Predictions { get; } = [];

    /// <summary>The attack that fooled the network on a row first, or <see cref="Robust"/>.</summary>
    internal List<int> SuccessfulAttack { get; } = [];

    internal List<double> Distances { get; } = [];

    /// <summary>The adversarial inputs found, by row.</summary>
    internal Dictionary<int, float[]> Inputs { get; } = [];

    internal AttackSuiteCounts[] Statistics { get; }

    /// <summary>The rows that each attack fooled the network on, whatever the attacks before it found.</summary>
    internal HashSet<int>[] Successes { get; }

    /// <summary>What each attack had to say, each sentence once.</summary>
    internal List<string>[] Messages { get; }

    /// <summary>How many of the attacks each row is done with: the one of this number is next.</summary>
    internal List<int> Finished { get; } = [];

    internal bool IsCorrect(int row) => CleanPredictions[row] == Labels[row];

    /// <summary>A row that is classified, and not attacked yet.</summary>
    internal void Add(int label, int prediction)
    {
        Labels.Add(label);
        CleanPredictions.Add(prediction);
        Predictions.Add(prediction);
        SuccessfulAttack.Add(Robust);
        Distances.Add(double.NaN);
        Finished.Add(0);
    }

    /// <summary>The state of the whole, of states in the order of their rows and of one run.</summary>
    internal static AttackSuiteState Merge(IReadOnlyList<AttackSuiteState> parts)
    {
        var whole = new AttackSuiteState(
            parts[0].Statistics.Length, AttackSuiteIdentity.Merge([.. parts.Select(part => part.Identity)]));
        foreach (var part in parts)
            whole.Append(part);
        return whole;
    }

    internal void Write(string path) => AtomicFile.Write(path, stream =>
    {
        using var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Mark);
            writer.Write(Version);
            Write(writer);
        }
        var bytes = content.GetBuffer().AsSpan(0, (int)content.Length);
        stream.Write(bytes);
        stream.Write(SHA256.HashData(bytes));
    });

    /// <summary>Reads a state, of any run.</summary>
    /// <exception cref="InvalidDataException">The file is not a state, or is damaged.</exception>
    internal static AttackSuiteState Read(string path)
    {
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
        var identity = AttackSuiteIdentity.Read(reader);
        var state = new AttackSuiteState(reader.ReadInt32(), identity);
        state.Read(reader);
        return state;
    }

    /// <summary>Reads the state of a run.</summary>
    /// <exception cref="InvalidDataException">The file is not a state, or is damaged.</exception>
    /// <exception cref="InvalidOperationException">The state belongs to another run.</exception>
    internal static AttackSuiteState Read(string path, AttackSuiteIdentity identity)
    {
        var state = Read(path);
        return ResultPart.Difference(identity.Text, state.Identity.Text) is var (mine, its)
            ? throw new InvalidOperationException(
                $"The state '{path}' is of another run: here {mine}, there {its}. {Advice}")
            : state;
    }

    private void Append(AttackSuiteState part)
    {
        var before = Rows;
        Labels.AddRange(part.Labels);
        CleanPredictions.AddRange(part.CleanPredictions);
        Predictions.AddRange(part.Predictions);
        SuccessfulAttack.AddRange(part.SuccessfulAttack);
        Distances.AddRange(part.Distances);
        Finished.AddRange(part.Finished);
        foreach (var (row, values) in part.Inputs)
            Inputs.Add(before + row, values);
        for (var attack = 0; attack < Statistics.Length; attack++)
        {
            Statistics[attack].Add(part.Statistics[attack]);
            Successes[attack].UnionWith(part.Successes[attack].Select(row => before + row));
            Messages[attack].AddRange(part.Messages[attack].Except(Messages[attack]).ToArray());
        }
    }

    private void Write(BinaryWriter writer)
    {
        Identity.Write(writer);
        writer.Write(Statistics.Length);
        for (var attack = 0; attack < Statistics.Length; attack++)
        {
            Statistics[attack].Write(writer);
            writer.Write(Successes[attack].Count);
            foreach (var row in Successes[attack].Order())
                writer.Write(row);
            writer.Write(Messages[attack].Count);
            Messages[attack].ForEach(writer.Write);
        }
        writer.Write(Rows);
        for (var row = 0; row < Rows; row++)
        {
            writer.Write(Labels[row]);
            writer.Write(CleanPredictions[row]);
            writer.Write(Predictions[row]);
            writer.Write(SuccessfulAttack[row]);
            writer.Write(Distances[row]);
            writer.Write(Finished[row]);
        }
        writer.Write(Inputs.Count);
        foreach (var (row, values) in Inputs.OrderBy(entry => entry.Key))
        {
            writer.Write(row);
            writer.Write(values.Length);
            writer.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        }
    }

    private void Read(BinaryReader reader)
    {
        for (var attack = 0; attack < Statistics.Length; attack++)
        {
            Statistics[attack].Read(reader);
            for (var left = reader.ReadInt32(); left > 0; left--)
                Successes[attack].Add(reader.ReadInt32());
            for (var left = reader.ReadInt32(); left > 0; left--)
                Messages[attack].Add(reader.ReadString());
        }
        var rows = reader.ReadInt32();
        for (var row = 0; row < rows; row++)
        {
            Labels.Add(reader.ReadInt32());
            CleanPredictions.Add(reader.ReadInt32());
            Predictions.Add(reader.ReadInt32());
            SuccessfulAttack.Add(reader.ReadInt32());
            Distances.Add(reader.ReadDouble());
            Finished.Add(reader.ReadInt32());
        }
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var row = reader.ReadInt32();
            var values = new float[reader.ReadInt32()];
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
            Inputs.Add(row, values);
        }
    }
}

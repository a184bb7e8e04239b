using System.Runtime.InteropServices;
using ML.Robustness.Persistence;

namespace ML.Robustness.AttackSuites;

/// <summary>The verdicts of a suite so far and how far each row is; the content of its file.</summary>
internal sealed class AttackSuiteState
{
    internal const int Robust = -1;

    private const int RowLength = (5 * sizeof(int)) + sizeof(double);
    private const int AttackLength = (5 * sizeof(long)) + (2 * sizeof(int));

    private static readonly HashedFile Format = new(
        "MLRSUITE", 4, "the state of a suite of attacks", "Delete it to attack from the start, or give another path.");

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

    internal void Write(OwnedPath path) => Format.Write(path, Write);

    /// <summary>Reads a state, of any run.</summary>
    /// <exception cref="InvalidDataException">The file is not a state, or is damaged.</exception>
    internal static AttackSuiteState Read(string path) => Format.Read(path, reader =>
    {
        var identity = AttackSuiteIdentity.Read(reader);
        var state = new AttackSuiteState(reader.ReadCount("attacks", AttackLength), identity);
        state.Read(reader);
        return state;
    });

    /// <summary>Reads the state of a run.</summary>
    /// <param name="path">The file.</param>
    /// <param name="identity">The rows and the run.</param>
    /// <param name="attacks">The attacks of the suite.</param>
    /// <param name="rows">The rows of the data; null where they were not counted.</param>
    /// <exception cref="InvalidDataException">The file is not a state, or is damaged.</exception>
    /// <exception cref="InvalidOperationException">The state belongs to another run.</exception>
    internal static AttackSuiteState Read(string path, AttackSuiteIdentity identity, int attacks, long? rows)
    {
        var state = Read(path);
        if (ResultPart.Difference(identity.Text, state.Identity.Text) is var (mine, its))
            throw new InvalidOperationException(
                $"The state '{path}' is of another run: here {mine}, there {its}. {Format.Advice}");
        return state.Statistics.Length == attacks && (rows ?? state.Rows) == state.Rows
            ? state
            : throw new InvalidDataException(
                $"The state '{path}' has {state.Rows} rows and {state.Statistics.Length} attacks, but the run has {rows} and "
                + $"{attacks}. {Format.Advice}");
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

    private void Read(CheckedReader reader)
    {
        for (var attack = 0; attack < Statistics.Length; attack++)
        {
            Statistics[attack].Read(reader);
            for (var left = reader.ReadCount("successes", sizeof(int)); left > 0; left--)
                Successes[attack].Add(reader.ReadInt32());
            for (var left = reader.ReadCount("messages", 1); left > 0; left--)
                Messages[attack].Add(reader.ReadString());
        }
        for (var left = reader.ReadCount("rows", RowLength); left > 0; left--)
        {
            Labels.Add(reader.ReadInt32("a label", 0, int.MaxValue));
            CleanPredictions.Add(reader.ReadInt32("a prediction", 0, int.MaxValue));
            Predictions.Add(reader.ReadInt32("a prediction", 0, int.MaxValue));
            SuccessfulAttack.Add(reader.ReadInt32("the attack that fooled the network", Robust, Statistics.Length - 1));
            Distances.Add(reader.ReadDouble());
            Finished.Add(reader.ReadInt32("the number of attacks that a row is done with", 0, Statistics.Length));
        }
        ReadInputs(reader);
        if (Array.Exists(Successes, rows => rows.Any(row => row < 0 || row >= Rows)))
            throw new InvalidDataException($"it counts rows beyond its {Rows}");
    }

    private void ReadInputs(CheckedReader reader)
    {
        var length = 0;
        for (var left = reader.ReadCount("adversarial inputs", 2 * sizeof(int)); left > 0; left--)
        {
            var row = reader.ReadInt32("the row of an adversarial input", 0, Rows - 1);
            var values = new float[reader.ReadCount("values of an adversarial input", sizeof(float))];
            if (Inputs.Count > 0 && values.Length != length)
                throw new InvalidDataException($"adversarial inputs have {length} and {values.Length} values");
            length = values.Length;
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
            if (!Inputs.TryAdd(row, values))
                throw new InvalidDataException($"row {row} has two adversarial inputs");
        }
    }
}

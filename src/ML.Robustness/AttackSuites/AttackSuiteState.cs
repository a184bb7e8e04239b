using System.Runtime.InteropServices;
using ML.Robustness.Persistence;

namespace ML.Robustness.AttackSuites;

/// <summary>The verdicts of a suite so far and the next row to attack; the content of its file.</summary>
internal sealed class AttackSuiteState
{
    internal const int Robust = -1;

    private const int RowLength = (4 * sizeof(int)) + sizeof(double);

    private static readonly HashedFile Format = new(
        "MLRSUITE", 3, "the state of a suite of attacks", "Delete it to attack from the start, or give another path.");

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

    internal void Write(OwnedPath path, string digest) => Format.Write(path, writer => Write(writer, digest));

    /// <summary>Reads a state.</summary>
    /// <param name="path">The file.</param>
    /// <param name="digest">What the run is of.</param>
    /// <param name="attacks">The attacks of the suite.</param>
    /// <param name="rows">The rows of the data; null where they were not counted.</param>
    /// <exception cref="InvalidDataException">The file is not a state, or is damaged.</exception>
    /// <exception cref="InvalidOperationException">The state belongs to another run.</exception>
    internal static AttackSuiteState Read(string path, string digest, int attacks, long? rows)
    {
        var state = new AttackSuiteState(attacks);
        var there = Format.Read(path, reader =>
        {
            var text = reader.ReadString();
            // Another run may have other attacks, whose counts stand where this one's would.
            if (text == digest)
                state.Read(reader, rows);
            else
                reader.BaseStream.Seek(reader.Remaining, SeekOrigin.Current);
            return text;
        });
        if (there == digest)
            return state;
        // The digest has one line for each thing, so that the first that differs can be named.
        var (mine, its) = digest.Split('\n').Zip(there.Split('\n'))
            .FirstOrDefault(pair => pair.First != pair.Second, (First: "one run", Second: "another, described in other lines"));
        throw new InvalidOperationException(
            $"The state '{path}' is of another run: here {mine}, there {its}. {Format.Advice}");
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

    private void Read(CheckedReader reader, long? expectedRows)
    {
        Attack = reader.ReadInt32("the attack that runs", 0, Statistics.Length);
        Done = reader.ReadInt32("the number of rows done", 0, int.MaxValue);
        foreach (var counts in Statistics)
            counts.Read(reader);
        foreach (var successes in Successes)
        {
            for (var left = reader.ReadCount("successes", sizeof(int)); left > 0; left--)
                successes.Add(reader.ReadInt32());
        }
        for (var left = reader.ReadCount("messages", 1); left > 0; left--)
            Messages.Add(reader.ReadString());
        ReadRows(reader, expectedRows);
        var length = 0;
        for (var left = reader.ReadCount("adversarial inputs", 2 * sizeof(int)); left > 0; left--)
        {
            var row = reader.ReadInt32("the row of an adversarial input", 0, Labels.Count - 1);
            var values = new float[reader.ReadCount("values of an adversarial input", sizeof(float))];
            if (Inputs.Count > 0 && values.Length != length)
                throw new InvalidDataException($"adversarial inputs have {length} and {values.Length} values");
            length = values.Length;
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
            if (!Inputs.TryAdd(row, values))
                throw new InvalidDataException($"row {row} has two adversarial inputs");
        }
        if (Array.Exists(Successes, rows => rows.Any(row => row < 0 || row >= Labels.Count)) || Done > Labels.Count)
            throw new InvalidDataException($"it counts rows beyond its {Labels.Count}");
    }

    private void ReadRows(CheckedReader reader, long? expected)
    {
        var rows = reader.ReadCount("rows", RowLength);
        if (expected is { } wanted && rows != wanted)
            throw new InvalidDataException($"it has {rows} rows, and the data has {wanted}");
        for (var row = 0; row < rows; row++)
        {
            Labels.Add(reader.ReadInt32("a label", 0, int.MaxValue));
            CleanPredictions.Add(reader.ReadInt32("a prediction", 0, int.MaxValue));
            Predictions.Add(reader.ReadInt32("a prediction", 0, int.MaxValue));
            SuccessfulAttack.Add(reader.ReadInt32("the attack that fooled the network", Robust, Statistics.Length - 1));
            Distances.Add(reader.ReadDouble());
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

        internal void Read(CheckedReader reader) =>
            (Attacked, Succeeded, Queries, GradientQueries, Duration) =
                (ReadNumber(reader), ReadNumber(reader), ReadNumber(reader), ReadNumber(reader),
                    new TimeSpan(ReadNumber(reader)));

        private static long ReadNumber(CheckedReader reader) => reader.ReadInt64() is >= 0 and var number
            ? number
            : throw new InvalidDataException("a count of an attack is below zero");
    }
}

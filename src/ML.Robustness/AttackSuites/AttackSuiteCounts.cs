using ML.Robustness.Persistence;

namespace ML.Robustness.AttackSuites;

/// <summary>What one attack did so far.</summary>
internal sealed class AttackSuiteCounts
{
    internal long Attacked { get; set; }

    internal long Succeeded { get; set; }

    internal long Queries { get; set; }

    internal long GradientQueries { get; set; }

    internal TimeSpan Duration { get; set; }

    internal void Add(AttackSuiteCounts other)
    {
        Attacked += other.Attacked;
        Succeeded += other.Succeeded;
        Queries += other.Queries;
        GradientQueries += other.GradientQueries;
        Duration += other.Duration;
    }

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
            (ReadNumber(reader), ReadNumber(reader), ReadNumber(reader), ReadNumber(reader), new TimeSpan(ReadNumber(reader)));

    private static long ReadNumber(CheckedReader reader) => reader.ReadInt64() is >= 0 and var number
        ? number
        : throw new InvalidDataException("a count of an attack is below zero");
}

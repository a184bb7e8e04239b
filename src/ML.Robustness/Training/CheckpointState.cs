using ML.Robustness.Persistence;

namespace ML.Robustness.Training;

/// <summary>The state of a training run between two epochs, without the weights.</summary>
internal sealed record CheckpointState
{
    // Two whole numbers, three of floating point, two that may be missing, a duration and two flags.
    private const int EpochLength = (2 * sizeof(int)) + (3 * sizeof(double)) + (2 * (1 + sizeof(double))) + sizeof(long) + 2;

    /// <summary>The settings that must be equal for the run to resume.</summary>
    public required IReadOnlyList<(string Name, string Value)> Settings { get; init; }

    /// <summary>The reports of the finished epochs.</summary>
    public required IReadOnlyList<EpochReport> Epochs { get; init; }

    /// <summary>The score of the best epoch; null if there is none.</summary>
    public double? BestScore { get; init; }

    /// <summary>The accuracy in the last epoch's check for catastrophic overfitting; null if there is none.</summary>
    public double? CheckAccuracy { get; init; }

    internal void Write(BinaryWriter writer)
    {
        writer.Write(Settings.Count);
        foreach (var (name, value) in Settings)
        {
            writer.Write(name);
            writer.Write(value);
        }

        writer.Write(Epochs.Count);
        foreach (var epoch in Epochs) Write(writer, epoch);
        Write(writer, BestScore);
        Write(writer, CheckAccuracy);
    }

    internal static CheckpointState Read(CheckedReader reader)
    {
        var settings = new (string, string)[reader.ReadCount("settings", 2)];
        for (var i = 0; i < settings.Length; i++) settings[i] = (reader.ReadString(), reader.ReadString());
        var epochs = new EpochReport[reader.ReadCount("epochs", EpochLength)];
        for (var i = 0; i < epochs.Length; i++) epochs[i] = ReadEpoch(reader, i + 1);
        if (!epochs.Any(epoch => epoch.IsBest))
            throw new InvalidDataException("no epoch is marked as the best");
        return new CheckpointState
        {
            Settings = settings,
            Epochs = epochs,
            BestScore = ReadNumber(reader),
            CheckAccuracy = ReadNumber(reader)
        };
    }

    private static void Write(BinaryWriter writer, EpochReport epoch)
    {
        writer.Write(epoch.Epoch);
        writer.Write(epoch.Epochs);
        writer.Write(epoch.Loss);
        Write(writer, epoch.CleanAccuracy);
        Write(writer, epoch.RobustAccuracy);
        writer.Write(epoch.RowsPerSecond);
        writer.Write(epoch.Remaining.Ticks);
        writer.Write(epoch.LearningRate);
        writer.Write(epoch.IsBest);
        writer.Write(epoch.CatastrophicOverfitting);
    }

    private static EpochReport ReadEpoch(CheckedReader reader, int epoch) => new()
    {
        Epoch = reader.ReadInt32("the number of an epoch", epoch, epoch),
        Epochs = reader.ReadInt32("the number of epochs", epoch, int.MaxValue),
        Loss = reader.ReadDouble(),
        CleanAccuracy = ReadNumber(reader),
        RobustAccuracy = ReadNumber(reader),
        RowsPerSecond = reader.ReadDouble(),
        Remaining = new TimeSpan(reader.ReadInt64()),
        LearningRate = reader.ReadDouble(),
        IsBest = reader.ReadBoolean(),
        CatastrophicOverfitting = reader.ReadBoolean(),
    };

    private static void Write(BinaryWriter writer, double? number)
    {
        writer.Write(number.HasValue);
        writer.Write(number.GetValueOrDefault());
    }

    private static double? ReadNumber(CheckedReader reader)
    {
        var has = reader.ReadBoolean();
        var number = reader.ReadDouble();
        return has ? number : null;
    }
}

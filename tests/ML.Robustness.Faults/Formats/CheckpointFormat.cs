namespace ML.Robustness.Faults.Formats;

/// <summary>The checkpoint of a training run, read by resuming it.</summary>
internal sealed class CheckpointFormat : FileFormat
{
    private const int Epochs = 3;

    internal override string Name => "checkpoint";

    private protected override byte[] Make() => Capture.Middle((path, pause) => SmallProblem.Train(path, Epochs, pause));

    internal override bool HasChecksum => true;

    internal override IReadOnlyList<SealedPart> Parts => [SealedPart.BeforeTrailingHash(Honest)];

    internal override string Read(string path) => SmallProblem.Train(path, Epochs);

    // InvalidOperationException: of another run.
    internal override bool IsDocumented(Exception error) => error is InvalidDataException
        || (error is InvalidOperationException and not ObjectDisposedException);
}

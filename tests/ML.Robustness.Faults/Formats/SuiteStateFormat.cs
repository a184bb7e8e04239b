namespace ML.Robustness.Faults.Formats;

/// <summary>The saved state of a suite of attacks, read by resuming it.</summary>
internal sealed class SuiteStateFormat : FileFormat
{
    internal override string Name => "suite state";

    private protected override byte[] Make() => Capture.Middle(static (path, pause) => SmallProblem.Attack(path, pause));

    internal override bool HasChecksum => true;

    internal override IReadOnlyList<SealedPart> Parts => [SealedPart.BeforeTrailingHash(Honest)];

    internal override string Read(string path) => SmallProblem.Attack(path);

    // InvalidOperationException: of another run.
    internal override bool IsDocumented(Exception error) => error is InvalidDataException
        || (error is InvalidOperationException and not ObjectDisposedException);
}

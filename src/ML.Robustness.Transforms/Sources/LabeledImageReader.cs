namespace ML.Robustness.Transforms.Sources;

/// <summary>Reads the rows of a source; one cursor has one reader.</summary>
internal abstract class LabeledImageReader : IDisposable
{
    /// <summary>Goes to a row. Costs nothing until its label or its pixels are asked for.</summary>
    public abstract void MoveTo(int row);

    /// <summary>The class of the row, from 0.</summary>
    public abstract int Label { get; }

    /// <summary>The pixels of the row by channel, line and column; valid until the next move.</summary>
    public abstract ReadOnlySpan<byte> Pixels { get; }

    public abstract void Dispose();
}

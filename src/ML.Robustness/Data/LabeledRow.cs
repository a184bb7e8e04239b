namespace ML.Robustness.Data;

/// <summary>A labelled row of a streamed data set: numbers, or bytes that represent numbers from 0 to 1.</summary>
/// <remarks>The memory need only stay as it is until the next row is asked for: the data set copies it.</remarks>
public readonly record struct LabeledRow
{
    /// <summary>Creates a row of numbers.</summary>
    /// <param name="values">The inputs in the user's range, as many as the data set's shape has.</param>
    /// <param name="label">The class, from 0.</param>
    public LabeledRow(ReadOnlyMemory<float> values, long label)
    {
        Values = values;
        Label = label;
    }

    /// <summary>Creates a row of bytes, each of which is read as value / 255.</summary>
    /// <param name="bytes">The inputs, as many as the data set's shape has.</param>
    /// <param name="label">The class, from 0.</param>
    public LabeledRow(ReadOnlyMemory<byte> bytes, long label)
    {
        Bytes = bytes;
        Label = label;
        IsBytes = true;
    }

    /// <summary>The numbers; empty for a row of bytes.</summary>
    public ReadOnlyMemory<float> Values { get; }

    /// <summary>The bytes; empty for a row of numbers.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The class, from 0.</summary>
    public long Label { get; }

    /// <summary>Whether the row consists of bytes.</summary>
    public bool IsBytes { get; }
}

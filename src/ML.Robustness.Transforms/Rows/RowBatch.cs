using Microsoft.ML;

namespace ML.Robustness.Transforms.Rows;

/// <summary>
/// The rows that a step computes at once for one cursor: their inputs, and their outputs once one is asked for.
/// </summary>
internal abstract class RowBatch
{
    private bool _computed;

    /// <summary>The rows read so far.</summary>
    internal int Count { get; private set; }

    /// <summary>Reads the row that the source stands on.</summary>
    internal void Add()
    {
        Read(Count);
        Count++;
        _computed = false;
    }

    internal void Clear()
    {
        Count = 0;
        _computed = false;
        Reset();
    }

    /// <summary>Makes the outputs of all rows, if that was not done yet.</summary>
    internal void EnsureComputed()
    {
        if (_computed)
            return;
        Compute();
        _computed = true;
    }

    /// <summary>A <see cref="ValueGetter{TValue}"/> of an output.</summary>
    /// <param name="output">The place of the output among those of the mapping.</param>
    /// <param name="row">Gives the place in this batch of the row asked for, and makes sure of its values.</param>
    internal abstract Delegate CreateGetter(int output, Func<int> row);

    private protected abstract void Read(int row);

    private protected abstract void Reset();

    private protected abstract void Compute();
}

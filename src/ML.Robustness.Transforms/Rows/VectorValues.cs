using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Rows;

/// <summary>Hands rows of an array over to ML.NET's vectors.</summary>
internal static class VectorValues
{
    /// <summary>A getter of vectors that stand one after the other in an array.</summary>
    /// <param name="values">The vectors' values, rows × length.</param>
    /// <param name="length">The values of one vector.</param>
    /// <param name="row">Gives the place of the row asked for, and makes sure of its values.</param>
    internal static ValueGetter<VBuffer<T>> Getter<T>(T[] values, int length, Func<int> row) =>
        (ref VBuffer<T> vector) => Copy(values.AsSpan(row() * length, length), ref vector);

    /// <summary>Copies the values of one row into a dense vector, whose buffer is used again where it is large enough.</summary>
    internal static void Copy<T>(ReadOnlySpan<T> values, ref VBuffer<T> vector)
    {
        var editor = VBufferEditor.Create(ref vector, values.Length);
        values.CopyTo(editor.Values);
        vector = editor.Commit();
    }
}

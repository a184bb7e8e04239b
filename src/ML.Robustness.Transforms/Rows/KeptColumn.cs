using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Rows;

/// <summary>The values of one column for rows that were read ahead.</summary>
/// <remarks>
/// A source may use the memory of a value again for the next row, so vectors, images and text are copied. A value of a type of
/// the user's own is kept as it is.
/// </remarks>
internal abstract class KeptColumn
{
    private const BindingFlags Private = BindingFlags.Static | BindingFlags.NonPublic;

    private static readonly MethodInfo MakeValues = typeof(KeptColumn).GetMethod(nameof(Values), Private)!;
    private static readonly MethodInfo MakeVectors = typeof(KeptColumn).GetMethod(nameof(Vectors), Private)!;

    /// <summary>A column without values yet.</summary>
    /// <param name="source">The row read from.</param>
    /// <param name="column">An active column of it.</param>
    internal static KeptColumn Over(DataViewRow source, DataViewSchema.Column column)
    {
        var (method, type) = column.Type is VectorDataViewType vector
            ? (MakeVectors, vector.ItemType.RawType) : (MakeValues, column.Type.RawType);
        return (KeptColumn)method.MakeGenericMethod(type)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [source, column], null)!;
    }

    /// <summary>Reads the value of the row that the source is on.</summary>
    /// <param name="row">The place to keep it at, at most one above the last.</param>
    internal abstract void Read(int row);

    /// <summary>A <see cref="ValueGetter{TValue}"/> of the column's type.</summary>
    /// <param name="row">Gives the place of the row asked for.</param>
    internal abstract Delegate CreateGetter(Func<int> row);

    /// <summary>A getter whose values share the memory kept: to be read at once, and not written to.</summary>
    /// <param name="row">Gives the place of the row asked for.</param>
    internal virtual Delegate CreateReader(Func<int> row) => CreateGetter(row);

    /// <summary>The text in memory that nobody writes to.</summary>
    internal static ReadOnlyMemory<char> Own(ReadOnlyMemory<char> text) =>
        text.IsEmpty || MemoryMarshal.TryGetString(text, out _, out _, out _) ? text : text.ToString().AsMemory();

    /// <summary>Makes room for one more value where there is none.</summary>
    internal static void Grow<T>(ref T[] values, int row)
    {
        if (row >= values.Length)
            Array.Resize(ref values, Math.Max(16, 2 * values.Length));
    }

    private static KeptColumn Values<T>(DataViewRow source, DataViewSchema.Column column) => source.GetGetter<T>(column) switch
    {
        ValueGetter<MLImage> images => new KeptImages(images),
        ValueGetter<ReadOnlyMemory<char>> texts => new KeptValues<ReadOnlyMemory<char>>(texts, Own),
        var values => new KeptValues<T>(values, null),
    };

    private static KeptVectors<T> Vectors<T>(DataViewRow source, DataViewSchema.Column column) =>
        new(source.GetGetter<VBuffer<T>>(column));
}

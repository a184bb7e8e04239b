using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Sources;

/// <summary>A source of labelled images: their size, number and classes, and readers of them.</summary>
internal abstract class LabeledImageSource(int channels, int height, int width, int classes)
{
    public int Channels { get; } = channels;

    public int Height { get; } = height;

    public int Width { get; } = width;

    public int Classes { get; } = classes;

    public int PixelCount => Channels * Height * Width;

    public abstract int Rows { get; }

    /// <summary>Whether readers can move to any row; if not, only forwards.</summary>
    public abstract bool IsSeekable { get; }

    /// <param name="rowsInOrder">The number of rows that will be read in order, for reading ahead.</param>
    public abstract LabeledImageReader OpenReader(int rowsInOrder);

    /// <summary>The annotation with the value of each key: the number of the class where a source has no names.</summary>
    public virtual DataViewSchema.Annotations KeyValues =>
        KeyValuesOf(NumberDataViewType.UInt32, Enumerable.Range(0, Classes).Select(x => (uint)x).ToArray());

    protected static DataViewSchema.Annotations KeyValuesOf<T>(PrimitiveDataViewType type, T[] values)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        ValueGetter<VBuffer<T>> getter = (ref VBuffer<T> target) => new VBuffer<T>(values.Length, values).CopyTo(ref target);
        builder.Add("KeyValues", new VectorDataViewType(type, values.Length), getter);
        return builder.ToAnnotations();
    }
}

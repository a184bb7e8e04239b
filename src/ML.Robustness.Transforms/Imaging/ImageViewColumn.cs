using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using ML.Robustness.Data;
using ML.Robustness.Imaging;
using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.Imaging;

/// <summary>A column of a <see cref="ImageView"/>: its name, its type, its values.</summary>
internal sealed class ImageViewColumn
{
    private readonly Func<Func<int>, Delegate> _createGetter;

    private ImageViewColumn(string name, DataViewType type, int count, Func<Func<int>, Delegate> createGetter)
    {
        Name = name;
        Type = type;
        Count = count;
        _createGetter = createGetter;
    }

    internal string Name { get; }

    internal DataViewType Type { get; }

    internal int Count { get; }

    /// <summary>Images of one size; each one read is new, and its reader's to dispose.</summary>
    internal static ImageViewColumn Images(string name, IReadOnlyList<RgbImage> images)
    {
        ArgumentOutOfRangeException.ThrowIfZero(images.Count, nameof(images));
        if (images.FirstOrDefault(image => (image.Width, image.Height) != (images[0].Width, images[0].Height)) is { } other)
            throw new ArgumentException(
                $"Column '{name}' needs images of one size, got {images[0]} and {other}.", nameof(images));
        return new ImageViewColumn(name, new ImageDataViewType(images[0].Height, images[0].Width), images.Count,
            row => new ValueGetter<MLImage>((ref MLImage image) => image = MLImageConversion.ToImage(images[row()])));
    }

    /// <summary>Texts.</summary>
    internal static ImageViewColumn Texts(string name, IReadOnlyList<string> texts) =>
        new(name, TextDataViewType.Instance, texts.Count,
            row => new ValueGetter<ReadOnlyMemory<char>>((ref ReadOnlyMemory<char> text) => text = texts[row()].AsMemory()));

    /// <summary>Numbers.</summary>
    internal static ImageViewColumn Numbers(string name, IReadOnlyList<float> numbers) =>
        Scalars(name, NumberDataViewType.Single, numbers);

    /// <summary>Whole numbers.</summary>
    internal static ImageViewColumn Integers(string name, IReadOnlyList<int> numbers) =>
        Scalars(name, NumberDataViewType.Int32, numbers);

    /// <summary>Vectors of the dimensions that a shape has, such as the values behind the images.</summary>
    internal static ImageViewColumn Vectors(string name, IReadOnlyList<float[]> vectors, InputShape shape)
    {
        if (vectors.FirstOrDefault(vector => vector.Length != shape.Length) is { } other)
            throw new ArgumentException(
                $"Column '{name}' needs vectors of {shape.Length} values ({shape}), got one of " +
                $"{other.Length}.", nameof(vectors));
        var type = new VectorDataViewType(NumberDataViewType.Single,
            shape.IsImage ? [shape.Channels, shape.Height, shape.Width] : ImmutableArray.Create(shape.Length));
        return new ImageViewColumn(name, type, vectors.Count, row => new ValueGetter<VBuffer<float>>(
            (ref VBuffer<float> value) => VectorValues.Copy(vectors[row()], ref value)));
    }

    /// <summary>A getter of the values.</summary>
    /// <param name="row">Tells the row asked for.</param>
    internal Delegate CreateGetter(Func<int> row) => _createGetter(row);

    private static ImageViewColumn Scalars<T>(string name, PrimitiveDataViewType type, IReadOnlyList<T> values) =>
        new(name, type, values.Count, row => new ValueGetter<T>((ref T value) => value = values[row()]));
}

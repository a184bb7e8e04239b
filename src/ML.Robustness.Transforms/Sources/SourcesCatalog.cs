using ML.Robustness.Transforms.Sources;

namespace Microsoft.ML;

/// <summary>Reads labelled images from files of MNIST's and CIFAR-10's formats.</summary>
/// <remarks>
/// Each gives two columns: <c>Features</c>, a vector of channels, height and width (planar, as <c>ExtractPixels</c> writes it by
/// default), and <c>Label</c>, a key whose values give the class back. Rows are read as they are asked for and never kept.
/// </remarks>
public static class SourcesCatalog
{
    /// <summary>Reads images and labels in the IDX format of MNIST, Fashion-MNIST, KMNIST and EMNIST.</summary>
    /// <remarks>
    /// Files may be compressed with gzip or not: the content tells, not the name. Rows of an uncompressed file can be had in any
    /// order (<see cref="IDataView.CanShuffle"/>); a compressed one is read from its start for every pass. The labels are read at
    /// once. There are as many classes as the largest label says, and <c>MapKeyToValue</c> gives the class number back.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="imagesPath">The file of images: unsigned bytes in three dimensions (rows, height, width).</param>
    /// <param name="labelsPath">The file of labels: unsigned bytes in one dimension, one a row.</param>
    /// <param name="outputAsFloatArray">True for <see cref="float"/> values in [0, 1], false for the bytes of the file.</param>
    /// <param name="transposed">Whether the file holds each image column by column, as EMNIST's do.</param>
    /// <returns>Rows of <c>Features</c> (1, height, width) and <c>Label</c>.</returns>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is not of the format, is cut short, or the two do not belong together.
    /// </exception>
    public static IDataView LoadFromIdx(
        this DataOperationsCatalog catalog, string imagesPath, string labelsPath, bool outputAsFloatArray = true,
        bool transposed = false)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new LabeledImageView(IdxSource.Open(imagesPath, labelsPath, transposed), outputAsFloatArray);
    }

    /// <summary>Reads files of CIFAR-10's binary version, values scaled to [0, 1].</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="paths">
    /// The files, one after the other: <c>data_batch_1.bin</c> to <c>data_batch_5.bin</c>, or <c>test_batch.bin</c>.
    /// </param>
    /// <returns>Rows of <c>Features</c> (3, 32, 32) and <c>Label</c>.</returns>
    /// <inheritdoc cref="LoadFromCifar10(DataOperationsCatalog, IEnumerable{string}, bool)"/>
    public static IDataView LoadFromCifar10(this DataOperationsCatalog catalog, params string[] paths) =>
        LoadFromCifar10(catalog, paths, true);

    /// <summary>Reads files of CIFAR-10's binary version.</summary>
    /// <remarks>
    /// A row is one byte of label, then 3072 bytes: the planes red, green and blue of 32 × 32 pixels. Files may be compressed
    /// with gzip or not: the content tells, not the name. Rows can be had in any order (<see cref="IDataView.CanShuffle"/>) when
    /// no file is compressed; a compressed one is read through once here, since nothing else tells its rows. The key's values are
    /// the ten names, airplane to truck.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="paths">
    /// The files, one after the other: <c>data_batch_1.bin</c> to <c>data_batch_5.bin</c>, or <c>test_batch.bin</c>.
    /// </param>
    /// <param name="outputAsFloatArray">True for <see cref="float"/> values in [0, 1], false for the bytes of the file.</param>
    /// <returns>Rows of <c>Features</c> (3, 32, 32) and <c>Label</c>.</returns>
    /// <exception cref="ArgumentException">No file is named.</exception>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is not of the format or is cut short.</exception>
    public static IDataView LoadFromCifar10(
        this DataOperationsCatalog catalog, IEnumerable<string> paths, bool outputAsFloatArray = true)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(paths);
        return new LabeledImageView(Cifar10Source.Open([.. paths]), outputAsFloatArray);
    }
}

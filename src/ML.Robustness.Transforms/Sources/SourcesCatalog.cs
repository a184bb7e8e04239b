using ML.Robustness.Transforms.Sources;

namespace Microsoft.ML;

/// <summary>Labelled images read from the files in which the field publishes them, or drawn on the spot.</summary>
/// <remarks>
/// Each gives two columns: <c>Features</c>, a vector of channels, height and width (planar, as <c>ExtractPixels</c> writes it by default), and
/// <c>Label</c>, a key whose values give the class back. Rows are read as they are asked for and never kept.
/// </remarks>
public static class SourcesCatalog
{
    /// <summary>Reads images and labels in the IDX format of MNIST, Fashion-MNIST, KMNIST and EMNIST.</summary>
    /// <remarks>
    /// Files may be compressed with gzip or not: the content tells, not the name. Rows of an uncompressed file can be had in any order
    /// (<see cref="IDataView.CanShuffle"/>); a compressed one is read from its start for every pass. The labels are read at once. There are as
    /// many classes as the largest label says, and <c>MapKeyToValue</c> gives the class number back.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="imagesPath">The file of images: unsigned bytes in three dimensions (rows, height, width).</param>
    /// <param name="labelsPath">The file of labels: unsigned bytes in one dimension, one a row.</param>
    /// <param name="outputAsFloatArray">True for <see cref="float"/> values in [0, 1], false for the bytes of the file.</param>
    /// <returns>Rows of <c>Features</c> (1, height, width) and <c>Label</c>.</returns>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is not of the format, is cut short, or the two do not belong together.</exception>
    public static IDataView LoadFromIdx(this DataOperationsCatalog catalog, string imagesPath, string labelsPath, bool outputAsFloatArray = true)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new LabeledImageView(IdxSource.Open(imagesPath, labelsPath), outputAsFloatArray);
    }

    /// <summary>Reads files of CIFAR-10's binary version, values scaled to [0, 1].</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="paths">The files, one after the other: <c>data_batch_1.bin</c> to <c>data_batch_5.bin</c>, or <c>test_batch.bin</c>.</param>
    /// <returns>Rows of <c>Features</c> (3, 32, 32) and <c>Label</c>.</returns>
    /// <inheritdoc cref="LoadFromCifar10(DataOperationsCatalog, IEnumerable{string}, bool)"/>
    public static IDataView LoadFromCifar10(this DataOperationsCatalog catalog, params string[] paths) => LoadFromCifar10(catalog, paths, true);

    /// <summary>Reads files of CIFAR-10's binary version.</summary>
    /// <remarks>
    /// A row is one byte of label, then 3072 bytes: the planes red, green and blue of 32 × 32 pixels. Files may be compressed with gzip or not: the
    /// content tells, not the name. Rows can be had in any order (<see cref="IDataView.CanShuffle"/>) when no file is compressed; a compressed
    /// one is read through once here, since nothing else tells its rows. The key's values are the ten names, airplane to truck.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="paths">The files, one after the other: <c>data_batch_1.bin</c> to <c>data_batch_5.bin</c>, or <c>test_batch.bin</c>.</param>
    /// <param name="outputAsFloatArray">True for <see cref="float"/> values in [0, 1], false for the bytes of the file.</param>
    /// <returns>Rows of <c>Features</c> (3, 32, 32) and <c>Label</c>.</returns>
    /// <exception cref="ArgumentException">No file is named.</exception>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is not of the format or is cut short.</exception>
    public static IDataView LoadFromCifar10(this DataOperationsCatalog catalog, IEnumerable<string> paths, bool outputAsFloatArray = true)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(paths);
        return new LabeledImageView(Cifar10Source.Open([.. paths]), outputAsFloatArray);
    }

    /// <summary>Draws digits of 28 × 28 pixels as a hand would: data for trials and tests that needs no file.</summary>
    /// <remarks>
    /// Strokes of ink (1) on paper (0) with bent lines, slant, size, place, width and noise of their own. A row depends on the seed and its number
    /// alone, so that rows can be had in any order, by many cursors, and the first hundred of a thousand are those of a hundred. Every ten rows
    /// hold each digit once. Take different seeds for training and test rows.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="count">The number of rows, at least 1.</param>
    /// <param name="seed">Any number; the same seed draws the same rows. The default is 0.</param>
    /// <param name="outputAsFloatArray">True for <see cref="float"/> values in [0, 1], false for bytes.</param>
    /// <returns>Rows of <c>Features</c> (1, 28, 28) and <c>Label</c>; <c>MapKeyToValue</c> gives the digit.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static IDataView GenerateDigits(this DataOperationsCatalog catalog, int count, int seed = 0, bool outputAsFloatArray = true)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return new LabeledImageView(new DigitSource(count, seed), outputAsFloatArray);
    }

    /// <summary>Draws digits with two known features: strokes, and a faint pattern that stands for the class.</summary>
    /// <remarks>
    /// The drawings are those of <see cref="GenerateDigits"/>, moved into [amplitude, 1 - amplitude] so that nothing of the pattern is cut off. Each
    /// digit has a pattern of its own, the same whatever the seed: plus or minus the amplitude at each pixel, by chance. Strokes are a robust
    /// feature: they tell the class however the pixels move a little. The pattern is useful but not robust: to turn one digit's into another's takes
    /// 2·amplitude at about half of the pixels, 40·amplitude in L2. So it is known what there is to learn, and rows that differ in the pattern alone
    /// (<paramref name="pattern"/>) show what a classifier goes by. Where strokes tell the label always, a classifier may do without the pattern:
    /// with an <paramref name="agreement"/> below 1 the pattern is the better feature.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="count">The number of rows, at least 1.</param>
    /// <param name="seed">Any number; the same seed draws the same strokes. The default is 0.</param>
    /// <param name="amplitude">What the pattern adds or takes at each pixel, from 1/255 to 1/4, rounded to whole 255ths. The default is 8/255.</param>
    /// <param name="pattern">Whose pattern a row carries. The default is that of its label.</param>
    /// <param name="agreement">The share of rows whose strokes show the label, from 0 to 1; the strokes of the others show another digit. The default is 1.</param>
    /// <param name="outputAsFloatArray">True for <see cref="float"/> values in [0, 1], false for bytes.</param>
    /// <returns>Rows of <c>Features</c> (1, 28, 28) and <c>Label</c>; <c>MapKeyToValue</c> gives the digit.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its bounds, or there is no such pattern.</exception>
    public static IDataView GenerateDigitsWithPattern(
        this DataOperationsCatalog catalog,
        int count,
        int seed = 0,
        double amplitude = 8 / 255.0,
        DigitPattern pattern = DigitPattern.OfLabel,
        double agreement = 1,
        bool outputAsFloatArray = true)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (!(amplitude >= 1 / 255.0 && amplitude <= 0.25))
        {
            throw new ArgumentOutOfRangeException(nameof(amplitude), amplitude,
                "Expected an amplitude from 1/255 (one step of a byte) to 1/4 (above it little is left of the strokes). Take one below the ε of the attack, such as 8/255.");
        }

        if (!Enum.IsDefined(pattern))
            throw new ArgumentOutOfRangeException(nameof(pattern), pattern, $"Expected one of {string.Join(", ", Enum.GetNames<DigitPattern>())}.");
        if (!(agreement >= 0 && agreement <= 1))
            throw new ArgumentOutOfRangeException(nameof(agreement), agreement, "Expected a share of the rows from 0 to 1.");
        return new LabeledImageView(new PatternedDigitSource(count, seed, (int)Math.Round(amplitude * 255), pattern, agreement), outputAsFloatArray);
    }
}

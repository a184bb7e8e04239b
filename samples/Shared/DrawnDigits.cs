using Microsoft.ML;

namespace Samples.Shared;

/// <summary>Drawn digits: data for samples and tests that needs no file.</summary>
public static class DrawnDigits
{
    /// <summary>Draws digits of 28 × 28 pixels that look handwritten.</summary>
    /// <remarks>
    /// Strokes of ink (1) on paper (0); their bend, slant, size, place, width and noise differ by row. A row depends only on the
    /// seed and its number: rows can be read in any order, by many cursors, and the first hundred of a thousand are those of a
    /// hundred. Every ten rows hold each digit once. Use different seeds for training and test rows.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="count">The number of rows, at least 1.</param>
    /// <param name="seed">Any number; the same seed draws the same rows. The default is 0.</param>
    /// <param name="outputAsFloatArray">True for <see cref="float"/> values in [0, 1], false for bytes.</param>
    /// <returns>Rows of <c>Features</c> (1, 28, 28) and <c>Label</c>; <c>MapKeyToValue</c> gives the digit.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static IDataView GenerateDigits(
        this DataOperationsCatalog catalog, int count, int seed = 0, bool outputAsFloatArray = true)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return new DigitView(count, () => new DigitReader(seed), outputAsFloatArray);
    }

    /// <summary>Draws digits with two known features: strokes, and a faint pattern that belongs to the class.</summary>
    /// <remarks>
    /// The drawings are those of <see cref="GenerateDigits"/>, scaled to [amplitude, 1 - amplitude] so that nothing of the
    /// pattern is cut off. Each digit has its own pattern, the same for every seed: plus or minus the amplitude at each pixel, at
    /// random. Strokes are a robust feature: they tell the class even when all pixels move a little. The pattern is useful but
    /// not robust: to turn one digit's pattern into another's takes 2·amplitude at about half of the pixels, 40·amplitude in L2.
    /// Rows that differ only in the pattern (<paramref name="pattern"/>) show which feature a classifier uses. Where strokes
    /// always tell the label, a classifier may ignore the pattern; with an <paramref name="agreement"/> below 1 the pattern is
    /// the better feature.
    /// </remarks>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="count">The number of rows, at least 1.</param>
    /// <param name="seed">Any number; the same seed draws the same strokes. The default is 0.</param>
    /// <param name="amplitude">
    /// The change of each pixel by the pattern, from 1/255 to 1/4, rounded to whole 255ths. The default is 8/255.
    /// </param>
    /// <param name="pattern">The digit whose pattern a row carries. The default is that of its label.</param>
    /// <param name="agreement">
    /// The share of rows whose strokes show the label, from 0 to 1; the strokes of the others show another digit. The default is
    /// 1.
    /// </param>
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
                "Expected an amplitude from 1/255 (one step of a byte) to 1/4 (above it little is left of the strokes). "
                + "Take one below the ε of the attack, such as 8/255.");
        }

        if (!Enum.IsDefined(pattern))
        {
            throw new ArgumentOutOfRangeException(
                nameof(pattern), pattern, $"Expected one of {string.Join(", ", Enum.GetNames<DigitPattern>())}.");
        }

        if (!(agreement >= 0 && agreement <= 1))
            throw new ArgumentOutOfRangeException(nameof(agreement), agreement, "Expected a share of the rows from 0 to 1.");
        var levels = (int)Math.Round(amplitude * 255);
        return new DigitView(count, () => new PatternedDigitReader(seed, levels, pattern, agreement), outputAsFloatArray);
    }
}

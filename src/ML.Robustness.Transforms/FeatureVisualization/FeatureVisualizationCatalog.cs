using ML.Robustness.Data;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Imaging;
using ML.Robustness.Numerics;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.EvaluatedModels;
using ML.Robustness.Transforms.FeatureVisualization;
using ML.Robustness.Transforms.Imaging;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Schema;
using TorchSharp;
using static TorchSharp.torch;
using Curve = ML.Robustness.FeatureVisualization.TuningCurve;

namespace Microsoft.ML;

/// <summary>
/// Adds looks into a classifier to <c>MLContext.MulticlassClassification</c>: each call returns rows in memory, with images among
/// their columns.
/// </summary>
public static class FeatureVisualizationCatalog
{
    /// <summary>Shows what features of a classifier look for: inputs that they answer to most strongly.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="model">A classifier trained by <c>AdversarialTraining</c>, alone or in a chain.</param>
    /// <param name="options">The settings; null for the logit of each class, from noise.</param>
    /// <returns>
    /// A row for each feature and start: <c>Feature</c> (text), <c>StartScore</c> and <c>Score</c>, the images <c>Start</c> and
    /// <c>Image</c> (not for rows that are no images of one or three channels), and <c>Values</c>, the input found.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The model is no classifier with gradients, it has no such feature, or a setting is missing.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A setting lies outside its bounds, or the rows lack the classifier's column.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows to start from, or the network's outputs are not finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static IDataView VisualizeFeatures(
        this MulticlassClassificationCatalog catalog, ITransformer model, VisualizeFeaturesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        options ??= new VisualizeFeaturesOptions();
        options.Check();
        using var seen = VisualizedClassifier.Of(model, nameof(VisualizeFeatures));
        return FeatureImages.Make(seen, options, options.Seed ?? Environments.SeedFor(catalog));
    }

    /// <summary>Turns rows step by step into a class, as the classifier sees it.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="model">A classifier of images trained by <c>AdversarialTraining</c>, alone or in a chain.</param>
    /// <param name="data">Rows as the model takes them, of which the first are turned; no labels are needed.</param>
    /// <param name="target">The class: the value of its key, else its number.</param>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <returns>
    /// A row for each original: <c>Row</c>, <c>Target</c>, <c>Probability</c> (a vector: the target's at each image), an image
    /// for each snapshot, <c>Step0</c> the original to the last, and <c>Values</c>, the last input.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The model is no classifier of images with gradients, there is no such class, or a row lies outside the range.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A setting lies outside its bounds, or the rows lack the classifier's column.
    /// </exception>
    /// <exception cref="InvalidOperationException">There are no rows, or the network's outputs are not finite.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static IDataView MorphToClass(
        this MulticlassClassificationCatalog catalog, ITransformer model, IDataView data, string target,
        MorphOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(target);
        options ??= new MorphOptions();
        options.Check();
        using var seen = VisualizedClassifier.Of(model, nameof(MorphToClass));
        return MorphImages.Make(seen, data, target, options);
    }

    /// <summary>Finds the rows that a feature answers to most, and those it answers to least.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="model">A classifier trained by <c>AdversarialTraining</c>, alone or in a chain.</param>
    /// <param name="data">Rows as the model takes them, with labels.</param>
    /// <param name="feature">The feature.</param>
    /// <param name="count">How many rows of each end: one or more.</param>
    /// <param name="labelColumnName">The column of labels as it reaches the classifier.</param>
    /// <param name="valueRange">The values of black and of full light; null for [0, 1].</param>
    /// <param name="colorOrder">The order of three channels in the rows; it changes the images alone.</param>
    /// <param name="cancellation">Ends the search early.</param>
    /// <returns>
    /// The top rows, the strongest first, then the bottom rows, the weakest first: <c>End</c> ("top" or "bottom"), <c>Rank</c>
    /// from 1, <c>Row</c> (its place in the data), <c>Label</c> (text), <c>Score</c>, <c>Image</c> (not for rows that are no
    /// images of one or three channels), <c>Values</c>.
    /// </returns>
    /// <exception cref="ArgumentException">The model is no classifier with gradients, or has no such feature.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="count"/> is below one, there is no such order, or a column is missing or of another type.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// There are no rows, a row has no label or features that are not finite, or the network's outputs are not.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static IDataView FindTopActivatingRows(
        this MulticlassClassificationCatalog catalog, ITransformer model, IDataView data, FeatureObjective feature, int count = 8,
        string labelColumnName = Defaults.LabelColumnName,
        ValueRange? valueRange = null, ColorOrder colorOrder = ColorOrder.Rgb, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(feature);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentChecks.Defined(colorOrder, nameof(colorOrder));
        using var seen = VisualizedClassifier.Of(model, nameof(FindTopActivatingRows));
        using var rows = seen.Read(data, labelColumnName, int.MaxValue, cancellation);
        var ranking = ActivationRanking.Measure(seen.Classifier.Network, feature, rows, count, cancellation);
        ActivatedRow[] found = [.. ranking.Top, .. ranking.Bottom];
        float[][] values = [.. found.Select(row => row.Values.ToArray())];
        var top = ranking.Top.Count;
        return new ImageView([
            ImageViewColumn.Texts("End", [.. found.Select((_, place) => place < top ? "top" : "bottom")]),
            ImageViewColumn.Integers("Rank", [.. found.Select((_, place) => 1 + (place < top ? place : place - top))]),
            ImageViewColumn.Integers("Row", [.. found.Select(row => checked((int)row.Row))]),
            ImageViewColumn.Texts("Label", [.. found.Select(row => seen.ClassNames[(int)row.Label])]),
            ImageViewColumn.Numbers("Score", [.. found.Select(row => (float)row.Score)]),
            .. ImageColumns.Images("Image", values, seen.Shape, valueRange ?? ValueRange.Unit, colorOrder),
            ImageViewColumn.Vectors("Values", values, seen.Shape)]);
    }

    /// <summary>Measures how a feature answers to rows that change with one number, such as their angle.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="model">A classifier trained by <c>AdversarialTraining</c>, alone or in a chain.</param>
    /// <param name="data">Rows as the model takes them, of which the first are changed; no labels are needed.</param>
    /// <param name="feature">The feature.</param>
    /// <param name="positions">The numbers at which rows are taken: one or more.</param>
    /// <param name="family">
    /// Makes of inputs (N, …), as the network takes them, and a number the changed inputs; null for
    /// <see cref="InputTransformations.Rotation"/>, by degrees.
    /// </param>
    /// <param name="rows">How many rows at most: one or more.</param>
    /// <param name="valueRange">The values of black and of full light; null for [0, 1].</param>
    /// <param name="colorOrder">The order of three channels in the rows; it changes the images alone.</param>
    /// <param name="cancellation">Ends the measurement early.</param>
    /// <returns>
    /// A row for each row and position: <c>Row</c>, <c>Position</c>, <c>Score</c>, <c>Image</c> (not for rows that are no images
    /// of one or three channels).
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The model is no classifier with gradients or has no such feature, positions are missing, or the family changes the inputs'
    /// shape.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="rows"/> is below one, there is no such order, or the rows lack the classifier's column.
    /// </exception>
    /// <exception cref="InvalidOperationException">There are no rows, or the network's outputs are not finite.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static IDataView TuningCurve(
        this MulticlassClassificationCatalog catalog, ITransformer model, IDataView data, FeatureObjective feature,
        IReadOnlyList<double> positions,
        Func<Tensor, double, Tensor>? family = null, int rows = 8, ValueRange? valueRange = null,
        ColorOrder colorOrder = ColorOrder.Rgb, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(feature);
        ArgumentNullException.ThrowIfNull(positions);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentChecks.Defined(colorOrder, nameof(colorOrder));
        family ??= InputTransformations.Rotation;
        using var seen = VisualizedClassifier.Of(model, nameof(TuningCurve));
        using var scope = NewDisposeScope();
        var inputs = seen.ReadInputs(data, rows, cancellation);
        var curve = Curve.Measure(seen.Classifier.Network, feature, inputs, positions, family, cancellation);
        var pictures = positions.Select(
            position => VisualizedClassifier.Rows(InputTransformations.Checked(family, inputs, position))).ToArray();
        var places = Enumerable.Range(0, curve.Scores.Count)
            .SelectMany(row => Enumerable.Range(0, positions.Count).Select(place => (Row: row, Place: place))).ToArray();
        return new ImageView([
            ImageViewColumn.Integers("Row", [.. places.Select(at => at.Row)]),
            ImageViewColumn.Numbers("Position", [.. places.Select(at => (float)positions[at.Place])]),
            ImageViewColumn.Numbers("Score", [.. places.Select(at => (float)curve.Scores[at.Row][at.Place])]),
            .. ImageColumns.Images(
                "Image", [.. places.Select(at => pictures[at.Place][at.Row])], seen.Shape, valueRange ?? ValueRange.Unit,
                colorOrder)]);
    }

    /// <summary>
    /// Shows the weights of a classifier's first layer: a convolution's kernels, or a linear layer's rows in the images' shape.
    /// </summary>
    /// <param name="catalog">The catalog, <c>MLContext.MulticlassClassification</c>.</param>
    /// <param name="model">A classifier of images trained by <c>AdversarialTraining</c>, alone or in a chain.</param>
    /// <param name="colorOrder">The order of three channels in the classifier's rows.</param>
    /// <returns>
    /// A row for each unit: <c>Unit</c>, <c>LargestWeight</c> (its absolute value, white or black in the image; grey is zero) and
    /// <c>Image</c>.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The model is no classifier of images of one or three channels, or its first layer cannot be shown.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such order.</exception>
    public static IDataView VisualizeFirstLayer(
        this MulticlassClassificationCatalog catalog, ITransformer model, ColorOrder colorOrder = ColorOrder.Rgb)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentChecks.Defined(colorOrder, nameof(colorOrder));
        using var seen = VisualizedClassifier.Of(model, nameof(VisualizeFirstLayer));
        if (!ImageColumns.IsImage(seen.Shape))
            throw new ArgumentException(
                $"VisualizeFirstLayer shows images of one or three channels, but the classifier reads rows of "
                + $"{seen.Shape}.", nameof(model));
        using var scope = NewDisposeScope();
        var weights = VisualizedClassifier.Rows(FirstLayerWeights.Weights(seen.Classifier.Network, seen.Shape));
        var pictures = FirstLayerWeights.Images(seen.Classifier.Network, seen.Shape);
        var size = pictures.shape;
        return new ImageView([
            ImageViewColumn.Integers("Unit", [.. Enumerable.Range(0, weights.Length)]),
            ImageViewColumn.Numbers("LargestWeight", [.. weights.Select(unit => unit.Max(Math.Abs))]),
            .. ImageColumns.Images(
                "Image", VisualizedClassifier.Rows(pictures), new InputShape((int)size[1], (int)size[2], (int)size[3]),
                ValueRange.Unit, colorOrder)]);
    }
}

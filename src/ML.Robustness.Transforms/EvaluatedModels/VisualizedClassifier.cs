using System.Globalization;
using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.EvaluatedModels;

/// <summary>A fitted classifier to visualize, and the rows that reach it.</summary>
internal sealed class VisualizedClassifier : IDisposable
{
    private readonly ITransformer _model;
    private readonly IDisposable _use;

    private VisualizedClassifier(ITransformer model, NeuralClassifierTransformer classifier)
    {
        _model = model;
        Classifier = classifier;
        _use = classifier.Lifetime.Use();
        ClassNames = classifier.KeyValues?.Names()
            ?? [.. Enumerable.Range(0, classifier.Classes).Select(index => index.ToString(CultureInfo.InvariantCulture))];
    }

    internal NeuralClassifierTransformer Classifier { get; }

    internal InputShape Shape => Classifier.InputShape;

    /// <summary>The classes' names: the values of their keys, else their numbers.</summary>
    internal IReadOnlyList<string> ClassNames { get; }

    /// <summary>Finds the classifier in a model, and keeps its memory until the disposal.</summary>
    /// <param name="model">A classifier, alone or in a chain.</param>
    /// <param name="call">The name of the call in messages.</param>
    internal static VisualizedClassifier Of(ITransformer model, string call) =>
        new(model, ClassifierChain.ClassifierOf(model, call));

    /// <summary>Ends the use of the classifier, whose owner keeps it.</summary>
    public void Dispose() => _use.Dispose();

    /// <summary>The class of a name.</summary>
    internal int ClassOf(string name)
    {
        for (var index = 0; index < ClassNames.Count; index++)
        {
            if (ClassNames[index] == name)
                return index;
        }
        throw new ArgumentException(
            $"There is no class '{name}': the classes are "
            + $"{string.Join(", ", ClassNames.Select(known => $"'{known}'"))}.", nameof(name));
    }

    /// <summary>The first rows as they reach the classifier, with labels where a column is named.</summary>
    /// <param name="data">Rows as the model takes them.</param>
    /// <param name="labelColumnName">
    /// The labels, in these rows or as the model makes them; null for none, which gives labels of zero.
    /// </param>
    /// <param name="most">How many rows at most.</param>
    /// <param name="cancellation">Ends reading early.</param>
    /// <param name="firstRow">The number of the first row within the whole.</param>
    /// <exception cref="InvalidOperationException">There are no rows, or one cannot be read.</exception>
    internal LabeledDataset Read(
        IDataView data, string? labelColumnName, int most, CancellationToken cancellation, long firstRow = 0)
    {
        var rows = ClassifierChain.Find(_model, NumberedRows.Of(data, firstRow))?.Rows
            ?? throw new InvalidOperationException("The classifier's scores do not leave the model.");
        return EvaluationRows.Read(Classifier, rows, labelColumnName, most, firstRow, cancellation);
    }

    /// <summary>The first rows as the network takes them, on its device. The caller disposes.</summary>
    internal Tensor ReadInputs(IDataView data, int most, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var rows = Read(data, null, most, cancellation);
        using var batch = rows.Batches(most, null).First();
        return batch.Inputs.clone().to(Classifier.Device).MoveToOuterDisposeScope();
    }

    /// <summary>The values of tensors (N, …), row by row.</summary>
    internal static float[][] Rows(Tensor values)
    {
        using var scope = NewDisposeScope();
        var flat = values.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        return [.. flat.Chunk(checked((int)(values.numel() / values.shape[0])))];
    }

    /// <summary>One number a row.</summary>
    internal static float[] Numbers(Tensor values) => [.. Rows(values.unsqueeze(1)).Select(row => row[0])];
}

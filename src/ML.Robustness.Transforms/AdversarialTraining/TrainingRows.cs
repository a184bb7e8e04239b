using Microsoft.ML;
using ML.Robustness.Data;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Rows;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.AdversarialTraining;

/// <summary>The rows of one <c>Fit</c>, and the values of their labels.</summary>
internal sealed class TrainingRows : IDisposable
{
    private TrainingRows(
        LabeledDataset training, LabeledDataset? validation, KeyValues? keyValues, IReadOnlyList<int> emptyClasses)
    {
        Training = training;
        Validation = validation;
        KeyValues = keyValues;
        EmptyClasses = emptyClasses;
    }

    internal LabeledDataset Training { get; }

    internal LabeledDataset? Validation { get; }

    internal KeyValues? KeyValues { get; }

    /// <summary>The class numbers below the greatest that no row has, where labels are numbers.</summary>
    internal IReadOnlyList<int> EmptyClasses { get; }

    internal static TrainingRows Read(
        IDataView data, FeatureColumn features, LabelColumn label, AdversarialTrainer.Options options, ClassifierKind kind,
        ulong seed)
    {
        if (options.ValidationSet is { } set)
            CheckValidationSet(set.Schema, data.Schema, features, label);
        var reader = new RowReader(features, label, options.ShufflePoolRows, options.CancellationToken);
        var (training, validation) = reader.ReadTraining(
            data, new RowSplit(options.ValidationFraction, seed), kind == ClassifierKind.Binary ? 2 : null);
        var empty = reader.EmptyClasses;
        try
        {
            if (options.ValidationSet is not null)
                validation = reader.ReadValidation(options.ValidationSet, training.Classes);
            var values = kind == ClassifierKind.Binary && !label.IsKey
                ? KeyValues.Booleans : label.ValuesOf(data.Schema, training.Classes);
            return new TrainingRows(training, validation, values, empty);
        }
        catch
        {
            training.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Training.Dispose();
        Validation?.Dispose();
    }

    private static void CheckValidationSet(
        DataViewSchema validation, DataViewSchema training, FeatureColumn features, LabelColumn label)
    {
        try
        {
            features.Find(validation);
            LabelColumn.Check(ColumnShapes.Of(validation), label.Name);
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw new ArgumentException(
                $"The validation set does not fit the training data. {error.Message} "
                + "Options.ValidationSet takes rows that went through the steps before this one.", nameof(validation), error);
        }

        var (of, ofTraining) = (validation[label.Name], training[label.Name]);
        if (!of.Type.Equals(ofTraining.Type) || (LabelColumn.ClassesOf(validation, label.Name) is { } classes
            && !KeyValues.AreSame(KeyValues.Of(of, classes), KeyValues.Of(ofTraining, classes))))
        {
            throw new ArgumentException(
                $"The validation set's label column '{label.Name}' of type {of.Type} stands for other values than the training "
                + $"data's of type {ofTraining.Type}. Transform both with the same fitted MapValueToKey.", nameof(validation));
        }
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>
/// The contract of every step, for the theories over <see cref="StepTable"/> and for the tests of single steps.
/// </summary>
internal static class EstimatorContract
{
    /// <summary>The schema that the estimator predicts is the one of transformed data.</summary>
    /// <returns>The schema of transformed data.</returns>
    internal static DataViewSchema AssertPredictsItsSchema(IEstimator<ITransformer> estimator, IDataView data)
    {
        var predicted = SchemaText.Of(estimator.GetOutputSchema(ColumnShapes.Of(data.Schema)));
        var step = estimator.Fit(data);
        using var owned = step as IDisposable;
        var real = step.Transform(data).Schema;
        Assert.Equal(SchemaText.Of(ColumnShapes.Of(real)), predicted);
        Assert.Equal(step.GetOutputSchema(data.Schema).Select(column => $"{column}"), real.Select(column => $"{column}"));
        return real;
    }

    /// <summary><c>Fit</c> and <c>GetOutputSchema</c> refuse the columns with one message.</summary>
    /// <returns>The message.</returns>
    internal static string AssertRefusesColumns(IEstimator<ITransformer> estimator, IDataView data, string expected)
    {
        var message = Assert.Throws<ArgumentOutOfRangeException>(() => estimator.Fit(data)).Message;
        Assert.StartsWith(expected, message, StringComparison.Ordinal);
        Assert.Equal(message,
            Assert.Throws<ArgumentOutOfRangeException>(() => estimator.GetOutputSchema(ColumnShapes.Of(data.Schema))).Message);
        return message;
    }

    /// <summary>Saves a step and loads it in another context; the columns and their values are the same.</summary>
    /// <returns>The loaded step; the caller disposes.</returns>
    internal static TStep AssertComesBack<TStep>(MLContext ml, TStep step, IDataView data, IReadOnlyList<string> columns)
        where TStep : ITransformer
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("step.zip");
        ml.Model.Save(step, data.Schema, path);
        var loaded = new MLContext().Model.Load(path, out _);
        Assert.IsType(step.GetType(), loaded);
        var (before, after) = (step.Transform(data), loaded.Transform(data));
        Assert.Equal(SchemaText.Of(ColumnShapes.Of(before.Schema)), SchemaText.Of(ColumnShapes.Of(after.Schema)));
        Assert.Equal(before.Schema.Select(column => $"{column}"), after.Schema.Select(column => $"{column}"));
        RowContent.AssertSame(RowContent.Read(before, columns), RowContent.Read(after, columns), 0);
        return (TStep)loaded;
    }

    /// <summary>
    /// Saves a model of <see cref="TwoDimensionalClasses"/> with a column Score; a fresh process computes the same scores bit for
    /// bit, and so does the loaded model when it is saved again.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="without">The model without the step, whose scores must differ.</param>
    /// <param name="ml">The context.</param>
    internal static void AssertComesBackInAFreshProcess(MLContext ml, ITransformer model, ITransformer? without = null)
    {
        using var folder = new TemporaryFolder();
        var schema = TwoDimensionalClasses.View(ml).Schema;
        var path = folder.PathOf("model.zip");
        ml.Model.Save(model, schema, path);
        var expected = FreshProcess.Describe(ml, model);
        if (without is not null)
            Assert.NotEqual(expected, FreshProcess.Describe(ml, without));
        Assert.Equal(expected, FreshProcess.Run(path));

        var loaded = ml.Model.Load(path, out _);
        using var owned = loaded as IDisposable;
        var again = folder.PathOf("again.zip");
        ml.Model.Save(loaded, schema, again);
        var twice = ml.Model.Load(again, out _);
        using var alsoOwned = twice as IDisposable;
        Assert.Equal(expected, FreshProcess.Describe(ml, twice));
    }
}

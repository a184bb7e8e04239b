using Microsoft.ML;
using Samples.Shared;

namespace AttackMyModel;

/// <summary>All that is done with one data set.</summary>
internal static class Experiment
{
    /// <summary>Trains the five models, attacks them, and looks for the columns that broke them.</summary>
    /// <exception cref="InvalidOperationException">An attack broke a row that is certified.</exception>
    public static IReadOnlyList<MeasuredModel> Run(
        MLContext ml, TabularProblem problem, ExperimentSettings settings, SampleSettings sample) => ProgressBars.Show(bars =>
    {
        var rows = TabularRows.Open(ml, problem, sample.DataFolder!, settings.TestEvery);
        var models = new FiveModels(ml, problem, rows, sample).Train(bars);
        try
        {
            var measurement = new Measurement(ml, problem, rows.Test, settings, sample.Cancellation);
            return Array.ConvertAll(models, model =>
            {
                var result = measurement.Of(model, bars);
                var (columns, broken) = ColumnUse.Of(ml, problem, rows.Test, model, result);
                return new MeasuredModel(result, columns, broken);
            });
        }
        finally
        {
            Array.ForEach(models, model => model.Dispose());
        }
    });
}

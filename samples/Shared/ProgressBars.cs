using ML.Robustness.AttackSuites;
using ML.Robustness.Training;
using ML.Robustness.Transforms.FeatureDatasetFiles;
using ML.Robustness.Transforms.Reports;
using Spectre.Console;

namespace Samples.Shared;

/// <summary>Progress bars for training and evaluation.</summary>
public sealed class ProgressBars(ProgressContext screen)
{
    public static T Show<T>(Func<ProgressBars, T> work) => AnsiConsole.Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
        .Start(screen => work(new ProgressBars(screen)));

    public IProgress<TrainingProgress> Training(string name)
    {
        var bar = screen.AddTask($"{name}: training");
        return new Report<TrainingProgress>(now =>
        {
            bar.Value = 100.0 * (now.Epoch - 1 + (now.IsValidation ? 1 : (double)now.Batch / now.Batches)) / now.Epochs;
            bar.Description = now.Loss is { } loss
                ? $"{name}: epoch {now.Epoch}/{now.Epochs}, loss {loss:F3}"
                : $"{name}: training";
        });
    }

    public IProgress<double> Evaluation(string name)
    {
        var bar = screen.AddTask(name);
        return new Report<double>(share => bar.Value = 100 * share);
    }

    public IProgress<AttackSuiteProgress> Suite(string name)
    {
        var bar = screen.AddTask(name);
        return new Report<AttackSuiteProgress>(now =>
        {
            bar.Value = 100 * now.Share;
            bar.Description = $"{name}: {now.Attack}, {now.Robust} robust rows";
        });
    }

    public IProgress<FeatureDatasetProgress> FeatureDataset(string name)
    {
        var bar = screen.AddTask(name);
        return new Report<FeatureDatasetProgress>(now =>
        {
            bar.Value = 100 * (now.Share ?? 0);
            bar.Description = $"{name}: {now.Rows} rows";
        });
    }

    public IProgress<ModelReportProgress> Reporting()
    {
        var bar = screen.AddTask("report");
        return new Report<ModelReportProgress>(now =>
        {
            bar.Value = 100 * now.Share;
            bar.Description = $"{now.Model}: {now.Work}";
        });
    }

    private sealed class Report<T>(Action<T> show) : IProgress<T>
    {
        void IProgress<T>.Report(T value) => show(value);
    }
}

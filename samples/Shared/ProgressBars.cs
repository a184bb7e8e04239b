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
            Move(bar, now.Share);
            bar.Description = now.Loss is { } loss
                ? $"{name}: epoch {now.Epoch}/{now.Epochs}, loss {loss:F3}"
                : $"{name}: training";
        });
    }

    public IProgress<double> Evaluation(string name)
    {
        var bar = screen.AddTask(name);
        return new Report<double>(share => Move(bar, share));
    }

    public IProgress<AttackSuiteProgress> Suite(string name)
    {
        var bar = screen.AddTask(name);
        return new Report<AttackSuiteProgress>(now =>
        {
            Move(bar, now.Share);
            bar.Description = now.Attack.Length == 0 ? $"{name}: clean rows" : $"{name}: {now.Attack}, {now.Robust} robust rows";
        });
    }

    public IProgress<FeatureDatasetProgress> FeatureDataset(string name)
    {
        var bar = screen.AddTask(name);
        return new Report<FeatureDatasetProgress>(now =>
        {
            Move(bar, now.Share ?? 0);
            bar.Description = $"{name}: {now.Rows} rows";
        });
    }

    public IProgress<ModelReportProgress> Reporting()
    {
        var bar = screen.AddTask("report");
        return new Report<ModelReportProgress>(now =>
        {
            Move(bar, now.Share);
            bar.Description = $"{now.Model}: {now.Work}";
        });
    }

    /// <summary>Bars never go back: a part that is done sooner than expected is made up for at once.</summary>
    private static void Move(ProgressTask bar, double share) => bar.Value = Math.Max(bar.Value, 100 * share);

    private sealed class Report<T>(Action<T> show) : IProgress<T>
    {
        void IProgress<T>.Report(T value) => show(value);
    }
}

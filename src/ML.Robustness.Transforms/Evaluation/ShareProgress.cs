using ML.Robustness.AttackSuites;

namespace ML.Robustness.Transforms.Evaluation;

/// <summary>Tells of the progress of an evaluation by its share alone.</summary>
internal sealed class ShareProgress(IProgress<double> progress) : IProgress<AttackSuiteProgress>
{
    public void Report(AttackSuiteProgress value) => progress.Report(value.Share);
}

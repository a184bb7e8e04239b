using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Models;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Tests.Testing;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests.Classifiers;

/// <summary>What happens to a classifier's memory, and to those who use it, when it is disposed.</summary>
public sealed class DisposalTests
{
    private static readonly ClassifierUses Uses = new();

    public static TheoryData<string> Kinds => [.. Uses.All.Keys];

    [Fact]
    public async Task Dispose_WhileSixteenThreadsUseTheClassifier_EndsNoProcess()
    {
        using var child = ChildProcess.Start(ChildProcess.Disposal, "12");
        var errors = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var calls = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(child.ExitCode == 0, $"exit code {child.ExitCode}: {await errors}");
        Assert.True(int.Parse(calls, CultureInfo.InvariantCulture) > 0);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Use_AfterDispose_ThrowsObjectDisposed(string kind)
    {
        var classifier = Uses.Train();
        Uses.All[kind](classifier);
        classifier.Dispose();
        classifier.Dispose();
        var error = Assert.Throws<ObjectDisposedException>(() => Uses.All[kind](classifier));
        Assert.StartsWith("The model was disposed.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_WithinACursorOfTheSameThread_LeavesTheBatchAndEndsAtTheNext()
    {
        var classifier = Uses.Train();
        var step = Uses.Ml.Transforms.PgdAugment(
            new() { Classifier = classifier, Attack = ClassifierUses.Attack, BatchSize = 5 });
        var scored = step.Fit(Uses.Data).Transform(Uses.Data);
        using var cursor = scored.GetRowCursor([scored.Schema["Adversarial"]]);
        var getter = cursor.GetGetter<VBuffer<float>>(scored.Schema["Adversarial"]);
        VBuffer<float> value = default;
        Assert.True(cursor.MoveNext());
        getter(ref value);
        classifier.Dispose();
        for (var row = 1; row < 5; row++)
        {
            Assert.True(cursor.MoveNext());
            getter(ref value);
        }
        Assert.True(cursor.MoveNext());
        Assert.Throws<ObjectDisposedException>(() => getter(ref value));
    }

    [Fact]
    public void Dispose_WithinAScopeOfTheNetwork_FreesTheWeightsAtItsEnd()
    {
        var classifier = Uses.Train();
        var weights = classifier.Network.parameters().First();
        using (new ModelScope(classifier.Network))
        {
            classifier.Dispose();
            Assert.False(weights.IsInvalid);
            // What began before the disposal may use the engine on.
            using (new ModelScope(classifier.Network))
                Assert.Equal(2, weights.dim());
            Assert.False(weights.IsInvalid);
            Assert.Throws<ObjectDisposedException>(() => classifier.Transform(Uses.Data));
        }
        Assert.True(weights.IsInvalid);
        Assert.Throws<ObjectDisposedException>(() => new ModelScope(classifier.Network));
    }

    [Fact]
    public void Evaluation_ThatDisposesTheModel_Finishes()
    {
        var expected = Evaluate(Uses.Train(), dispose: false);
        Assert.Equal(expected, Evaluate(Uses.Train(), dispose: true));
    }

    private static double Evaluate(NeuralClassifierTransformer classifier, bool dispose)
    {
        var found = Uses.Ml.MulticlassClassification.EvaluateRobustness(classifier, Uses.Data, ClassifierUses.Attack,
            progress: new Call(() =>
            {
                if (dispose)
                    classifier.Dispose();
            }));
        classifier.Dispose();
        return found.RobustAccuracy;
    }

    private sealed class Call(Action call) : IProgress<double>
    {
        public void Report(double value) => call();
    }
}

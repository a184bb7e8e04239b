using AttackMyModel;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Testing;
using ML.Robustness.Transforms.Tests.Testing;
using ML.Robustness.Trees.Tests.Testing;
using Samples.Shared;
using static TorchSharp.torch;

namespace ML.Robustness.Trees.Tests.Samples;

/// <summary>samples/AttackMyModel: what it trains, attacks, certifies and counts.</summary>
public sealed class AttackMyModelTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, 546, 137)]
    [InlineData(1, 120, 30)]
    public void Rows_WithoutMissingValues_AreSplitByTheirNumbers(int problem, int train, int test)
    {
        var rows = TabularRows.Open(_ml, TabularProblem.All[problem], SharedData.FolderOrSkip("tabular"), testEvery: 5);
        Assert.Equal((train, test), (Count(rows.Train), Count(rows.Test)));
        Assert.Equal(Count(rows.Test), Count(rows.Test)); // read twice

        int Count(IDataView view) => TabularRows.Features(view, TabularProblem.All[problem]).Length;
    }

    [Fact]
    public void Rows_OfIris_AreThoseOfTheFile()
    {
        var rows = TabularRows.Open(_ml, TabularProblem.Iris, SharedData.FolderOrSkip("tabular"), testEvery: 50);
        var features = TabularRows.Features(rows.Test, TabularProblem.Iris);
        Assert.Equal([[5.1f, 3.5f, 1.4f, 0.2f], [7f, 3.2f, 4.7f, 1.4f], [6.3f, 3.3f, 6f, 2.5f]], features);
        Assert.Equal([1u, 2u, 3u], rows.Test.GetColumn<uint>(TabularRows.Class));
    }

    [Fact]
    public void Data_ThatAreMissing_AreOneError()
    {
        var error = Assert.Throws<FileNotFoundException>(
            () => TabularRows.Open(_ml, TabularProblem.Iris, $"{_folder}", testEvery: 5));
        Assert.Contains("Expected iris.txt of the tests of dotnet/machinelearning", error.Message, StringComparison.Ordinal);
        Assert.Contains("--data", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void EveryModel_IsCertifiedNoFurtherThanItIsRobust_AtEachRowAndRadius(int number)
    {
        var problem = TabularProblem.All[number];
        var names = new List<string>();
        Run(problem, (rows, model, result) =>
        {
            names.Add(result.Name);
            var (isTrees, isLinear) = (model.Kind == ModelKind.Trees, model.Kind == ModelKind.Linear);
            Assert.Equal((isTrees || isLinear, isTrees || isLinear), (result.HasCertificates, result.IsExact));
            foreach (var epsilon in problem.Epsilons)
            {
                Assert.All(result.Rows, row => Assert.True(
                    Order(row.IsCertified(epsilon)) <= Order(row.IsExactlyRobust(epsilon) || !result.IsExact)
                    && Order(row.IsExactlyRobust(epsilon)) <= Order(row.IsRobust(epsilon))
                    && Order(row.IsRobust(epsilon)) <= Order(row.IsRobust(epsilon, blackBoxOnly: true))
                    && Order(row.IsRobust(epsilon, blackBoxOnly: true)) <= Order(row.IsCorrect)));
                if (isLinear)
                    Assert.Equal(result.ExactAccuracy(epsilon), result.RobustAccuracy(epsilon));
            }

            if (isLinear)
                Assert.All(result.Rows.Where(row => row.IsCorrect && double.IsFinite(row.ExactRadius!.Value)),
                    row => Assert.Equal(row.ExactRadius!.Value, row.Nearest!.Distance, 1e-4));
            Assert.Contains(result.Rows, row => row.Found.Count > 0);
            foreach (var row in result.Rows)
                Assert.All(row.Found, found => IsInside(problem, row, found));
            ColumnsThatAreLeft_AreAllNeeded(problem, rows, model, result);
        });
        Assert.Equal(5, names.Distinct().Count());

        static int Order(bool holds) => holds ? 1 : 0;
    }

    [Fact]
    public void AdversarialRows_OfIris_AreMisclassifiedByTheModelsOwnTransform() => Run(TabularProblem.Iris, (_, model, result) =>
    {
        var found = result.Rows.SelectMany(row => row.Found.Select(adversarial => (row.Label, adversarial.Features))).ToArray();
        var view = _ml.Data.LoadFromEnumerable(found.Select(one => new IrisRow
        {
            Label = one.Label,
            SepalLength = one.Features[0],
            SepalWidth = one.Features[1],
            PetalLength = one.Features[2],
            PetalWidth = one.Features[3],
        }));
        var keyed = _ml.Transforms.Conversion.MapValueToKey("Class", "Label").Fit(view).Transform(view);
        var scores = model.Chain.Transform(keyed).GetColumn<float[]>("Score");
        Assert.All(found.Zip(scores), pair => Assert.NotEqual(pair.First.Label, Array.IndexOf(pair.Second, pair.Second.Max())));
    });

    [Theory]
    [InlineData(0.11, 0.2, 0.1, "found an adversarial row at 0.1, but none is nearer than 0.2")]
    [InlineData(0.11, null, 0.1, "found an adversarial row at 0.1, but none is nearer than 0.11")]
    [InlineData(0.2, 0.1, 0.1, "certified within 0.2, but the exact radius is 0.1")]
    public void ABrokenCertificate_IsAnError(double certified, double? exact, double found, string message)
    {
        var row = Row(certified, exact, found);
        var error = Assert.Throws<InvalidOperationException>(() => new ModelResult("model", [row], [0.1]));
        Assert.Contains("model, row 0: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Accuracies_AreCountedRowByRow()
    {
        AttackedRow[] rows = [Row(0.05, 0.1, 0.1), Row(0.15, 0.15, 0.2), Row(0.3, 0.3, 0.3), new(0, false, [0])];
        rows[1].Found.Add(new AdversarialRow("black", true, 0.25, [0.25f]));
        var result = new ModelResult("model", rows, [0.1, 0.2]);

        Assert.Equal(0.75, result.CleanAccuracy);
        Assert.Equal((0.5, 0.5), (result.RobustAccuracy(0.1), result.CertifiedAccuracy(0.1) ?? 0.5));
        Assert.Equal(0.25, result.RobustAccuracy(0.2));
        Assert.Equal(0.75, result.BlackBoxAccuracy(0.2));
        Assert.Equal(0.2, result.MeanDistance!.Value, 1e-12);
        Assert.False(result.IsExact); // of the last row nothing is known
    }

    [Fact]
    public void Bars_AreAsLongAsTheirShares()
    {
        var result = new ModelResult("model", [Row(0.05, 0.1, 0.1)], [0.1]);
        ColumnUse[] columns =
            [.. TabularProblem.Iris.Columns.Select((name, place) => new ColumnUse(name, 1, 1, place / 4.0, 0.5))];
        (TabularProblem, IReadOnlyList<MeasuredModel>)[] results =
            [(TabularProblem.Iris, [new MeasuredModel(result, columns, 1), new MeasuredModel(result, columns, 1)])];
        var image = ColumnChart.Draw(results);
        for (var column = 0; column < 4; column++)
        {
            var (x, y) = ColumnChart.PlaceOf(results, data: 0, model: 1, column);
            var blue = Enumerable.Range(0, ColumnChart.BarLength).TakeWhile(
                dot => image.Rgba[4 * ((y + 5) * image.Width + x + dot)] == 0x21);
            Assert.Equal(column * ColumnChart.BarLength / 4, blue.Count());
        }
    }

    private static AttackedRow Row(double certified, double? exact, double found) => new(0, true, [0])
    {
        CertifiedRadius = certified,
        ExactRadius = exact,
        Found = { new AdversarialRow("attack", false, found, [(float)found]) },
    };

    private void Run(TabularProblem problem, Action<TabularRows, DeployedModel, ModelResult> check)
    {
        var data = SharedData.FolderOrSkip("tabular");
        var sample = new SampleSettings
        {
            DataFolder = data,
            Epsilon = 1,
            SharedFolder = $"{_folder}",
            OutputFolder = $"{_folder}",
            Cancellation = TestContext.Current.CancellationToken,
        };
        var settings = ExperimentSettings.Quick;
        ProgressBars.Show(bars =>
        {
            var rows = TabularRows.Open(_ml, problem, data, settings.TestEvery);
            var measurement = new Measurement(_ml, problem, rows.Test, settings, sample.Cancellation);
            foreach (var model in Trained(new FiveModels(_ml, problem, rows, sample), bars))
            {
                using (model)
                    check(rows, model, measurement.Of(model, bars));
            }
            return 0;
        });
    }

    private static DeployedModel[] Trained(FiveModels models, ProgressBars bars)
    {
        try
        {
            return models.Train(bars);
        }
        catch (InvalidOperationException error) when (error.InnerException is DllNotFoundException)
        {
            Assert.Skip(error.Message);
            throw;
        }
    }

    private static void IsInside(TabularProblem problem, AttackedRow row, AdversarialRow found)
    {
        var distance = found.Features.Select((value, column) =>
            Math.Abs((double)value - row.Features[column]) / problem.Units[column]).Max();
        Assert.Equal(distance, found.Distance, 1e-6);
        Assert.All(found.Features, value => Assert.InRange(value, problem.Range.Minimum, problem.Range.Maximum));
    }

    private void ColumnsThatAreLeft_AreAllNeeded(
        TabularProblem problem, TabularRows rows, DeployedModel model, ModelResult result)
    {
        using var classifier = _ml.MulticlassClassification.FromPipeline(model.Chain, rows.Test, problem.Columns);
        using var scope = NewDisposeScope();
        var left = NeededColumns.Find(_ml, problem, rows.Test, model, result);
        var largest = problem.Epsilons[^1];
        Assert.Equal(result.Rows.Where(row => row.IsCorrect && !row.IsRobust(largest)), left.Select(one => one.Row));
        foreach (var (row, features) in left)
        {
            Assert.NotEqual(row.Label, Predicted(features));
            foreach (var column in Enumerable.Range(0, features.Length).Where(at => features[at] != row.Features[at]))
            {
                var back = (float[])features.Clone();
                back[column] = row.Features[column];
                Assert.Equal(row.Label, Predicted(back));
            }
        }

        int Predicted(float[] features) => (int)classifier.Network.call(tensor(features).unsqueeze(0)).argmax(1).item<long>();
    }
}

using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Training;

public class TrainingErrorTests
{
    private static readonly TrainingObjective Adversarial = new AdversarialObjective(
        new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 1 });

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    public void EpochsAndBatchSize_BelowOne_Throw(int number)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RobustTrainer { Epochs = number });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RobustTrainer { BatchSize = number });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    public void GradientClip_NotAboveZero_Throws(double clip)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new RobustTrainer { GradientClip = clip });
        Assert.StartsWith("GradientClip must be a finite number above zero. (Parameter 'GradientClip')", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Train_EmptyData_Throws()
    {
        using var stream = LabeledDataset.FromStream(() => [], InputShape.Vector(2), 2);
        using var memory = LabeledDataset.FromTensors(zeros(0, 2), zeros(0, ScalarType.Int64), InputShape.Vector(2), 2);
        Assert.Equal("The training set has no rows. (Parameter 'data')", Fails<ArgumentException>(stream));
        Assert.Equal("The training set has no rows. (Parameter 'data')", Fails<ArgumentException>(memory));
    }

    [Fact]
    public void Train_OneClassOnly_Throws() => Assert.StartsWith(
        "All 2 rows of the training set have label 1. A classifier needs rows of two classes or more.",
        Fails<ArgumentException>(TrainingFixtures.Vectors([[0, 0], [1, 1]], 1, 1)), StringComparison.Ordinal);

    [Theory]
    [InlineData(2)]
    [InlineData(-1)]
    public void Train_LabelBeyondTheClasses_NamesTheRow(long label)
    {
        using var data = LabeledDataset.FromStream(
            () => [new LabeledRow(new float[2], 0), new LabeledRow(new float[2], 1), new LabeledRow(new float[2], label)],
            InputShape.Vector(2), 2);
        Assert.StartsWith($"Row 2 of the training set has label {label}, but labels go from 0 to 1.",
            Fails<ArgumentException>(data), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void Train_InputsNotFinite_NameTheRow(float value, string text)
    {
        var expected =
            $"Row 1 of the training set has {text} at position 1. Inputs must be finite: replace or drop missing values first.";
        Assert.StartsWith(expected, Fails<ArgumentException>(TrainingFixtures.Vectors([[0, 0], [1, value], [value, 0]], 0, 1, 0)),
            StringComparison.Ordinal);
        Assert.StartsWith(expected, Fails<ArgumentException>(TrainingFixtures.Vectors([[0, 0], [1, value]], 0, 1), Adversarial),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Train_InputsOutsideTheRange_NameTheRow()
    {
        float[][] rows = [[0, 0], [0.5f, 1], [2.5f, 0]];
        Assert.StartsWith(
            "Row 2 of the training set has 2.5 at position 0, outside the threat model's range [0, 1]. Scale the inputs, or give "
                + "the threat model another ValueRange.",
            Fails<ArgumentException>(TrainingFixtures.Vectors(rows, 0, 1, 0), Adversarial), StringComparison.Ordinal);
        using var network = TrainingFixtures.LinearNetwork([[1, 2], [3, 4]]);
        using var data = TrainingFixtures.Vectors(rows, 0, 1, 0);
        new RobustTrainer { Epochs = 1 }.Train(network, data); // no threat model, no range
    }

    [Fact]
    public void Train_ValidationRowsAreCheckedBeforeAnything()
    {
        using var data = TrainingFixtures.Vectors([[0, 0], [1, 1]], 0, 1);
        using var broken = TrainingFixtures.Vectors([[0, 0], [1, float.NaN]], 0, 1);
        using var network = TrainingFixtures.LinearNetwork([[1, 2], [3, 4]]);
        var before = TrainingFixtures.Weights(network);
        Assert.Contains("Row 1 of the validation set has NaN",
            Assert.Throws<ArgumentException>(() => new RobustTrainer().Train(network, data, broken)).Message,
            StringComparison.Ordinal);
        Assert.Equal(before, TrainingFixtures.Weights(network));
    }

    [Fact]
    public void Train_ValidationOfAnotherShape_Throws()
    {
        using var data = TrainingFixtures.Vectors([[0, 0], [1, 1]], 0, 1);
        using var other = TrainingFixtures.Vectors([[0, 0, 0], [1, 1, 1]], 0, 1);
        using var network = TrainingFixtures.LinearNetwork([[1, 2], [3, 4]]);
        var error = Assert.Throws<ArgumentException>(() => new RobustTrainer().Train(network, data, other));
        Assert.StartsWith("The validation set must have the training set's shape 2 and 2 classes, but has 3 and 2.",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_NetworkWithoutParameters_Throws()
    {
        using var data = TrainingFixtures.Vectors([[0, 0], [1, 1]], 0, 1);
        using var empty = Sequential(ReLU());
        var error = Assert.Throws<ArgumentException>(() => new RobustTrainer().Train(empty, data));
        Assert.StartsWith("The network Sequential has no parameters that require a gradient, so there is nothing to train.",
            error.Message, StringComparison.Ordinal);

        using var frozen = TrainingFixtures.LinearNetwork([[1, 2], [3, 4]]);
        foreach (var parameter in frozen.parameters()) parameter.requires_grad = false;
        Assert.Throws<ArgumentException>(() => new RobustTrainer().Train(frozen, data));
    }

    [Fact]
    public void Train_WrongOutputWidth_Throws()
    {
        using var network = TrainingFixtures.LinearNetwork([[1, 2], [3, 4], [5, 6]]);
        Assert.StartsWith(
            "The network Sequential must give logits [2, 2] for 2 rows of 2 classes, but gives [2, 3]. Set the width of its last "
                + "layer to the number of classes.",
            Fails<ArgumentException>(TrainingFixtures.Vectors([[0, 0], [1, 1]], 0, 1), network: network),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Train_InputsTheNetworkDoesNotTake_Throws()
    {
        using var network = TrainingFixtures.ConvolutionalNetwork(classes: 2);
        Assert.StartsWith("The network Sequential does not take inputs of shape 2: ",
            Fails<ArgumentException>(TrainingFixtures.Vectors([[0, 0], [1, 1]], 0, 1), network: network),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Train_LossNoLongerFinite_Throws()
    {
        using var network = TrainingFixtures.LinearNetwork([[1, 2], [3, 4]]);
        using var data = TrainingFixtures.Vectors([[0, 1], [1, 0]], 0, 1);
        var trainer = new RobustTrainer
        {
            Optimizer = new SgdOptions { LearningRate = 1e30 },
            Schedule = LearningRateSchedule.Constant,
            Epochs = 50
        };
        var error = Assert.Throws<InvalidOperationException>(() => trainer.Train(network, data));
        Assert.StartsWith("The training loss is no longer finite (", error.Message, StringComparison.Ordinal);
        Assert.Contains("Lower the learning rate, set GradientClip, or normalise the inputs with InputNormalization. ",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_NetworkWithoutAGradientToItsInput_Throws()
    {
        using var network = new Detached();
        using var data = TrainingFixtures.Vectors([[0, 1], [1, 0]], 0, 1);
        var error = Assert.Throws<InvalidOperationException>(
            () => new RobustTrainer { Objective = Adversarial }.Train(network, data));
        Assert.Contains("no gradient to its input", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_NetworkWhoseLossDependsOnNoParameter_Throws()
    {
        using var network = new Detached();
        using var data = TrainingFixtures.Vectors([[0, 1], [1, 0]], 0, 1);
        var error = Assert.Throws<InvalidOperationException>(() => new RobustTrainer().Train(network, data));
        Assert.StartsWith("The loss has no gradient to the network's parameters", error.Message, StringComparison.Ordinal);
    }

    private static string Fails<T>(LabeledDataset data, TrainingObjective? objective = null, Sequential? network = null)
        where T : Exception
    {
        using (data)
        {
            using var own = TrainingFixtures.LinearNetwork([[1, 2], [3, 4]]);
            return Assert.Throws<T>(
                () => new RobustTrainer { Objective = objective ?? new StandardObjective(), Epochs = 1 }.Train(network ?? own,
                    data)).Message;
        }
    }

    private sealed class Detached : Module<Tensor, Tensor>
    {
        private readonly Linear layer = Linear(2, 2);

        internal Detached() : base(nameof(Detached)) => RegisterComponents();

        public override Tensor forward(Tensor input) => layer.call(input).detach();

        protected override void Dispose(bool disposing)
        {
            if (disposing) layer.Dispose();
            base.Dispose(disposing);
        }
    }
}

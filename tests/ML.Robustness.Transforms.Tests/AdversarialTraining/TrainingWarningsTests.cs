using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.AdversarialTraining;

namespace ML.Robustness.Transforms.Tests.AdversarialTraining;

public class TrainingWarningsTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Radius_InLevelsRatherThanInTheRange_IsWarnedOf()
    {
        var warning = Assert.Single(Warnings(Rows(1), options => options.Attack = Attack(8)));
        Assert.StartsWith(
            "60 of 60 rows have a row of another class within twice the radius of 8, so that no classifier can be right around "
            + "both. ", warning, StringComparison.Ordinal);
        Assert.EndsWith("for 8 of 255 levels write ThreatModel.LInf(8 / 255.0).", warning, StringComparison.Ordinal);
        Assert.Empty(Warnings(Rows(1), options => options.Attack = Attack(8 / 255.0)));
    }

    [Fact]
    public void Pixels_ThatAreNotScaled_AreWarnedOf()
    {
        void Standard(AdversarialTrainer.Options options) => options.Objective = new StandardObjective();
        var warning = Assert.Single(Warnings(Rows(255), Standard));
        Assert.StartsWith("Column 'Features' holds pixels from 0 to 255, but attacks and evaluation expect the range [0, 1].",
            warning, StringComparison.Ordinal);
        Assert.Contains("scaleImage: 1 / 255f", warning, StringComparison.Ordinal);
        Assert.Empty(Warnings(Rows(1), Standard));
        Assert.Empty(Warnings(Rows(255), options =>
        {
            Standard(options);
            options.Architecture = ModelArchitecture.MultilayerPerceptron(4).WithNormalization([127], [64]);
        }));
    }

    [Fact]
    public void Classes_ThatNoRowIsOf_AreWarnedOf()
    {
        var warning = Assert.Single(Warnings(Rows(1, firstClass: 1), options => options.Objective = new StandardObjective()));
        Assert.Equal(
            "No row of label column 'Label' is of class 0, but labels go up to 2, so that the classifier has 3 classes. "
                + "Number the "
            + "classes from 0 without gaps, or make keys of the labels with MapValueToKey.", warning);
    }

    [Fact]
    public void InputShape_InAnotherOrderThanTheColumns_NamesTheRightOne()
    {
        var data = Rows(1);
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => Warnings(data, options => options.InputShape = new InputShape(8, 8, 3)));
        Assert.Contains(
            "InputShape 8×8×3 and the column's type Vector<Single, 3, 8, 8> have the same number of values in another "
            + "order. Shapes are channels × height × width: set Options.InputShape to new InputShape(3, 8, 8), or leave it null.",
            error.Message, StringComparison.Ordinal);
        Assert.Empty(Warnings(data, options =>
            (options.InputShape, options.Architecture) = (InputShape.Vector(192), ModelArchitecture.MultilayerPerceptron(4))));
    }

    private List<string> Warnings(IDataView data, Action<AdversarialTrainer.Options> set)
    {
        var warnings = new List<string>();
        void Hear(object? sender, LoggingEventArgs line)
        {
            if (line.Kind == ChannelMessageKind.Warning)
                warnings.Add(line.RawMessage);
        }
        var options = new AdversarialTrainer.Options
        {
            Epochs = 1,
            Architecture = ModelArchitecture.MultilayerPerceptron(4),
        };
        set(options);
        _ml.Log += Hear;
        using (_ml.MulticlassClassification.Trainers.AdversarialTraining(options).Fit(data))
            _ml.Log -= Hear;
        return warnings;
    }

    private static ProjectedGradientDescent Attack(double epsilon) => new(ThreatModel.LInf(epsilon)) { Steps = 1 };

    /// <summary>Images of which each class has a bright third of its own.</summary>
    private IDataView Rows(float brightest, int firstClass = 0) => _ml.Data.LoadFromEnumerable(
        Enumerable.Range(0, 60).Select(row => new Row
        {
            Features = [.. Enumerable.Range(0, 192).Select(value => value / 96 == row % 2 ? brightest : 0)],
            Label = firstClass + row % 2,
        }).ToArray());

    private sealed class Row
    {
        [VectorType(3, 8, 8)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }
}

using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using ML.Robustness.Transforms.AdversarialTraining;
using Samples.Shared;

namespace AttackMyModel;

/// <summary>Trains five models on the same rows.</summary>
internal sealed class FiveModels(
    MLContext ml, TabularProblem problem, TabularRows rows, SampleSettings sample)
{
    private const string Features = "Features";

    /// <summary>Trains the models; the caller disposes them.</summary>
    /// <param name="bars">Shows the networks' training.</param>
    public DeployedModel[] Train(ProgressBars bars) =>
    [
        OnnxFile(bars),
        Trees("LightGbm", problem.LightGbm(ml)),
        Trees("FastTree", problem.FastTree(ml)),
        new("linear, behind a normaliser", ModelKind.Linear, Fit(Normalizer().Append(problem.Linear(ml))), TabularRows.Label),
        new("network, adversarially trained", ModelKind.Network, AdversarialNetwork(bars), TabularRows.Class),
    ];

    private ColumnConcatenatingEstimator Columns() => ml.Transforms.Concatenate(Features, problem.Columns);

    private NormalizingEstimator Normalizer() => ml.Transforms.NormalizeMinMax(Features, fixZero: false);

    /// <exception cref="InvalidOperationException">LightGBM's native library does not load.</exception>
    private DeployedModel Trees(string name, IEstimator<ITransformer> trainer)
    {
        try
        {
            return new(name, ModelKind.Trees, Fit(trainer), TabularRows.Label);
        }
        catch (DllNotFoundException error)
        {
            throw new InvalidOperationException(
                $"{name} needs a native library that this machine lacks (libgomp1 on Debian): {error.Message}", error);
        }
    }

    private TransformerChain<ITransformer> Fit(IEstimator<ITransformer> steps) => Columns().Append(steps).Fit(rows.Train);

    /// <summary>A network trained in the ordinary way, as a file that any program may have written.</summary>
    private DeployedModel OnnxFile(ProgressBars bars)
    {
        var columns = Columns().Fit(rows.Train);
        var train = columns.Transform(rows.Train);
        var path = sample.PathOf($"{problem.Name}.onnx");
        using (var network = Normalizer().Append(Network(new StandardObjective(), null, $"{problem.Name}, standard", bars))
            .Fit(train))
        using (var file = File.Create(path))
        {
            // The file's only input, without the label or the steps that made it.
            var features = ml.Transforms.SelectColumns(Features).Fit(train).Transform(train);
            ml.Model.ConvertToOnnx(network, ml.Data.Cache(features), file);
        }

        // ML.NET names the column Score.
        var chain = Columns().Append(ml.Transforms.ApplyOnnxModel("Score.output", Features, path));
        return new("ONNX file", ModelKind.Network, chain.Fit(rows.Train), TabularRows.Class);
    }

    private TransformerChain<ITransformer> AdversarialNetwork(ProgressBars bars)
    {
        var columns = Columns().Fit(rows.Train);
        var normalizer = Normalizer().Fit(columns.Transform(rows.Train));
        var scales = ((NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<float>>)
            normalizer.GetNormalizerModelParameters(0)).Scale;

        // Training sees normalised features: the same changes, in the units of these.
        var threat = ThreatModel.LInf(problem.Epsilons[1], ValueRange.Unbounded)
            .WithBudgets([.. problem.Units.Zip(scales, (unit, scale) => unit * scale)]);
        var attack = new ProjectedGradientDescent(threat) { Steps = 10 };
        var steps = new TransformerChain<ITransformer>(columns, normalizer);
        var network = Network(null, attack, $"{problem.Name}, adversarial", bars)
            .Fit(steps.Transform(rows.Train));
        return new TransformerChain<ITransformer>(columns, normalizer, network);
    }

    private AdversarialTrainer Network(TrainingObjective? objective, Attack? attack, string name, ProgressBars bars) =>
        ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            LabelColumnName = TabularRows.Class,
            Architecture = ModelArchitecture.MultilayerPerceptron(32, 32),
            Objective = objective,
            Attack = attack,
            Optimizer = new AdamWOptions { LearningRate = 1e-2 },
            Schedule = LearningRateSchedule.OneCycle(peak: 0.2),
            Epochs = problem.Epochs,
            BatchSize = 32,
            BatchProgress = bars.Training(name),
            CancellationToken = sample.Cancellation,
        });
}

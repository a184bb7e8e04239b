using Microsoft.ML;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using ML.Robustness.Transforms.Tests.Sources;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests.Documentation;

/// <summary>The code of README and docs, run on small data.</summary>
public sealed class Snippets
{
    [Fact]
    public void ThePipelineOfTheReadme_TrainsAndSaves()
    {
        using var folder = new TemporaryFolder();
        var before = Directory.GetCurrentDirectory();
        Directory.SetCurrentDirectory(folder.PathOf(""));
        try
        {
            folder.Write("train-images-idx3-ubyte.gz", TemporaryFolder.Idx([40, 8, 8], [.. Enumerable.Range(0, 40 * 64).Select(i => (byte)(i * 37))]), compressed: true);
            folder.Write("train-labels-idx1-ubyte.gz", TemporaryFolder.Idx([40], [.. Enumerable.Range(0, 40).Select(i => (byte)(i % 3))]), compressed: true);
            RunPipeline();
            using var model = (IDisposable)new MLContext().Model.Load("robust.zip", out var schema);
            Assert.NotNull(schema["Features"].Name);
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }
    }

    [Fact]
    public void AnAttack_ReportsItsSuccess()
    {
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.MultilayerPerceptron(8).Create(InputShape.Vector(4), 3, seed: 1);
        var images = full([6, 4], 0.5f);
        var labels = tensor(new long[] { 0, 1, 2, 0, 1, 2 });
        #region attack
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(8 / 255.0)) { Steps = 20 }.WithRestarts(5);
        using var result = attack.Perturb(network, images, AttackGoal.Untargeted(labels), new RowRandom(seed: 1));
        Console.WriteLine($"{attack}: {result.SuccessRate:P1} of the rows fooled");
        #endregion
        Assert.InRange(result.SuccessRate, 4 / 6.0 - 1e-9, 1);
    }

    [Fact]
    public void ACustomAttack_StaysInsideTheThreatModel()
    {
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.MultilayerPerceptron(8).Create(InputShape.Vector(4), 3, seed: 1);
        var inputs = full([5, 4], 0.5f);
        using var result = new RandomNoise(ThreatModel.L2(0.3)).Perturb(network, inputs, AttackGoal.Untargeted(zeros([5], ScalarType.Int64)));
        Assert.InRange(result.Distances.max().item<float>(), 1e-3f, 0.3f + 1e-6f);
    }

    [Fact]
    public void TheTrainerOfTheDocs_TakesItsOptions()
    {
        var ml = new MLContext(seed: 1);
        #region training
        var trainer = ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainingTrainer.Options
        {
            Architecture = ModelArchitecture.ConvNet(width: 32),
            Objective = new TradesObjective(ThreatModel.LInf(0.1), beta: 6),
            Optimizer = new SgdSettings { LearningRate = 0.05 },
            Schedule = LearningRateSchedule.OneCycle(peak: 0.4),
            Epochs = 20,
            ValidationFraction = 0.05,
            WeightAverage = new WeightAverage { Decay = 0.999 },
            CheckpointPath = "training.checkpoint",
        });
        #endregion
        var input = ml.Data.GenerateDigits(1);
        Assert.Contains(trainer.GetOutputSchema(ColumnShapes.Of(input.Schema)), column => column.Name == "PredictedLabel");
    }

    [Fact]
    public void ANetworkOfYourOwn_IsFoundByItsName()
    {
        #region own-network
        ModelArchitecture.Register("two-layers", (input, classes) => nn.Sequential(
            nn.Flatten(), nn.Linear(input.Length, 64), nn.ReLU(), nn.Linear(64, classes)));
        var options = new AdversarialTrainingTrainer.Options { Architecture = ModelArchitecture.Registered("two-layers") };
        #endregion
        var ml = new MLContext(seed: 1);
        options.Epochs = 1;
        using var model = ml.MulticlassClassification.Trainers.AdversarialTraining(options).Fit(ml.Data.GenerateDigits(20));
        Assert.Equal(4, model.Network.parameters().Count());
    }

    private static void RunPipeline()
    {
        #region pipeline
        var ml = new MLContext(seed: 1);
        var train = ml.Data.LoadFromIdx("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz");
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 7 };

        var pipeline = ml.MulticlassClassification.Trainers.AdversarialTraining(attack: attack, epochs: 4)
            .Append(ml.Transforms.Conversion.MapKeyToValue("Class", "PredictedLabel"));

        var model = pipeline.Fit(train);
        ml.Model.SaveAtomically(model, train.Schema, "robust.zip");
        #endregion
        model.Dispose();
    }

    #region custom-attack
    /// <summary>The best of a few random points: a baseline that uses no gradient.</summary>
    public sealed class RandomNoise(ThreatModel threatModel) : Attack(threatModel)
    {
        public int Draws { get; init; } = 10;

        protected override Tensor Search(SearchContext search)
        {
            var candidates = search.Origins;
            for (var draw = 0; draw < Draws; draw++)
            {
                candidates = ThreatModel.RandomStart(search.Origins, search.Random.Derive((ulong)draw));
                var logits = search.Forward(candidates);
                search.Offer(candidates, Loss.Evaluate(logits, search.Goal.Labels), logits);
            }
            return candidates;
        }
    }
    #endregion
}

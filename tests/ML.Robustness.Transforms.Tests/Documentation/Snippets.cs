using Microsoft.ML;
using Microsoft.ML.Data;
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
    public void ACustomLoss_IsClimbed()
    {
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.MultilayerPerceptron(8).Create(InputShape.Vector(4), 3, seed: 1);
        var (inputs, labels) = (full([5, 4], 0.5f), zeros([5], ScalarType.Int64));
        var loss = new ProbabilityLoss();
        using var result = new ProjectedGradientDescent(ThreatModel.L2(0.3)) { Loss = loss }.Perturb(network, inputs, AttackGoal.Untargeted(labels));
        Assert.True(loss.Evaluate(network.call(result.Inputs), labels).gt(loss.Evaluate(network.call(inputs), labels)).all().item<bool>());
    }

    [Fact]
    public void ATable_IsAttackedWithinItsBudgets()
    {
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.MultilayerPerceptron(8).Create(InputShape.Vector(3), 3, seed: 1);
        var rows = tensor(new[] { 34f, 41000, 2, 58, 12000, 1 }).view(2, 3);
        var labels = tensor(new long[] { 0, 2 });
        #region tabular
        // Age cannot be changed, income by up to 5000, the number of cards by one.
        var budgets = ThreatModel.LInf(1, ValueRange.Unbounded).WithBudgets(0, 5000, 1);
        var attack = new AutoProjectedGradientDescent(budgets) { Targets = 2 };
        using var result = attack.Perturb(network, rows, AttackGoal.Untargeted(labels));
        #endregion
        var change = result.Inputs.sub(rows).abs().data<float>().ToArray();
        for (var i = 0; i < 6; i++)
            Assert.InRange(change[i], 0, new[] { 0, 5000.01, 1.00001 }[i % 3]);
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

    [Fact]
    public void TheColumnsOfTheDocs_TellWhatTheAttackDid()
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.GenerateDigits(20);
        using var classifier = ml.MulticlassClassification.Trainers.AdversarialTraining(epochs: 1).Fit(data);
        #region pgd-augment
        var step = ml.Transforms.PgdAugment(new PgdAugmentEstimator.Options
        {
            OutputColumnName = "Adversarial",
            InputColumnName = "Features",
            Classifier = classifier,
            Attack = new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 20 },
            Restarts = 5,
            SuccessColumnName = "Fooled",
            DistanceColumnName = "Distance",
            PredictedLabelColumnName = "PredictedUnderAttack",
        });
        var attacked = step.Fit(data).Transform(data);
        #endregion
        Assert.Equal(20, attacked.GetColumn<bool>("Fooled").Count());
    }

    [Fact]
    public void TheAugmentedPipelineOfTheDocs_TrainsAndScoresWithoutLabels()
    {
        var ml = new MLContext(seed: 1);
        var train = ml.Data.GenerateDigits(20);
        using var classifier = ml.MulticlassClassification.Trainers.AdversarialTraining(epochs: 1).Fit(train);
        var trainer = ml.MulticlassClassification.Trainers.AdversarialTraining(epochs: 1);
        #region pgd-augment-rows
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(0.1));
        var pipeline = ml.Transforms.CopyColumns("Image", "Features")
            .Append(ml.Transforms.PgdAugmentRows("Features", "Label", classifier, attack, fraction: 0.5), TransformerScope.TrainTest)
            .AppendCacheCheckpoint(ml)
            .Append(trainer);
        var model = pipeline.Fit(train);
        var scoring = model.GetModelFor(TransformerScope.Scoring); // without PgdAugmentRows: rows need no label
        #endregion
        using (model)
            Assert.Equal(20, scoring.Transform(ml.Transforms.DropColumns("Label").Fit(train).Transform(train)).GetColumn<float[]>("Score").Count());
    }

    [Fact]
    public void TheEvaluationOfTheDocs_GivesRowsThatScoreAsItSays()
    {
        using var folder = new TemporaryFolder();
        var before = Directory.GetCurrentDirectory();
        Directory.SetCurrentDirectory(folder.PathOf(""));
        try
        {
            var ml = new MLContext(seed: 1);
            using var model = Points.Trainer(ml).Fit(Points.Keyed(ml));
            RunEvaluation(ml, model, Points.Keyed(ml, rows: 30));
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }
    }

    [Fact]
    public void TheTransferOfTheDocs_HasALineForEachModel()
    {
        var ml = new MLContext(seed: 1);
        var test = Points.Keyed(ml, rows: 30);
        using var standard = Points.Fitted(ml, options => (options.Attack, options.Objective) = (null, new StandardObjective()));
        using var hardened = Points.Fitted(ml);
        #region transfer
        var models = new Dictionary<string, ITransformer> { ["standard"] = standard, ["hardened"] = hardened };
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 20 };
        var matrix = ml.MulticlassClassification.EvaluateTransfer(models, test, attack);
        Console.WriteLine(matrix); // a line for each model attacked, a column for each model tried
        #endregion
        Assert.Equal(["standard", "hardened"], matrix.Sources);
        Assert.Equal(matrix.Sources, matrix.Targets);
    }

    private static void RunEvaluation(MLContext ml, ITransformer model, IDataView test)
    {
        #region evaluation
        var metrics = ml.MulticlassClassification.EvaluateRobustness(model, test, new RobustnessOptions
        {
            ThreatModel = ThreatModel.LInf(0.1),
            Suite = threat => AttackSuite.AutoAttack(threat), // the default; any attacks of your choice go here
            Epsilons = [0.02, 0.05, 0.1],
            KeepRows = true,
            StatePath = "evaluation.state", // goes on here after an interruption
        });
        Console.WriteLine(metrics);
        var adversarial = metrics.ToDataView(); // verdicts and adversarial rows
        #endregion
        Assert.Equal(metrics.RobustAccuracy, ml.MulticlassClassification.Evaluate(model.Transform(adversarial)).MicroAccuracy, 12);
        Assert.Equal(3, metrics.Report.Curve.Count);
        Assert.True(File.Exists("evaluation.state"));
    }

    [Fact]
    public void FeatureDatasets_TrainANewClassifier()
    {
        var ml = new MLContext(seed: 1);
        var (train, test) = (Points.Keyed(ml, rows: 40), Points.Keyed(ml, rows: 20, seed: 2));
        using var hardened = Points.Fitted(ml);
        using var standard = Points.Fitted(ml, options => options.Seed = 2);
        using var second = Points.Fitted(ml, options => options.Seed = 3);
        using var third = Points.Fitted(ml, options => options.Seed = 4);
        var trainer = Points.Trainer(ml, options => options.Epochs = 1);
        #region feature-dataset
        // D_R: what a hardened classifier sees of each row, without a ball.
        var robust = ml.Transforms.RobustFeatureDataset("Features", null, "Label", hardened, FeatureDatasetKind.Robust);

        // D_det: every label wrong, and right for a standard classifier.
        var shifted = ml.Transforms.RobustFeatureDataset("Features", null, "Label", standard, FeatureDatasetKind.ShiftedLabels, ThreatModel.L2(0.5));

        // A new classifier, trained on nothing else, and judged on natural rows.
        using var model = shifted.Append(trainer).Fit(train);
        var metrics = ml.MulticlassClassification.Evaluate(model.LastTransformer.Transform(test));
        #endregion
        Assert.InRange(metrics.MicroAccuracy, 0, 1);
        using var matched = robust.Fit(train);
        Assert.Equal(40, matched.Transform(train).GetColumn<float[]>("Features").Count());

        #region non-transferable
        var step = ml.Transforms.RobustFeatureDataset(new RobustFeatureDatasetEstimator.Options
        {
            Kind = FeatureDatasetKind.NonTransferable,
            Classifier = standard,
            Ensemble = [second, third], // trained as the first, from other seeds
            ThreatModel = ThreatModel.L2(0.5),
            SuccessColumnName = "Fooled",
            EnsembleRightColumnName = "OthersRight",
        });
        var bugs = step.Fit(train).Transform(train);
        #endregion
        Assert.Equal(40, bugs.GetColumn<bool>("Fooled").Zip(bugs.GetColumn<bool>("OthersRight")).Count());
    }

    [Fact]
    public void FeatureDatasets_GoToAFile_AndTrainFromIt()
    {
        var ml = new MLContext(seed: 1);
        var train = Points.Keyed(ml, rows: 40);
        using var standard = Points.Fitted(ml);
        var (bars, cancellation) = (new Progress<FeatureDatasetProgress>(), CancellationToken.None);
        File.Delete("shifted.features");
        #region feature-dataset-file
        using var step = ml.Transforms.RobustFeatureDataset("Features", null, "Label", standard, FeatureDatasetKind.ShiftedLabels, ThreatModel.L2(0.5)).Fit(train);
        ml.Data.SaveFeatureDataset(step.Transform(train), "shifted.features", new FeatureDatasetFileOptions
        {
            Step = step, // kind, settings, seed and the classifier's checksum go into the manifest
            Source = train, // and the checksum of the rows it is made from
            KeepFinished = true, // the same set is not constructed twice
            Progress = bars,
            CancellationToken = cancellation, // the next call goes on where this one was ended
        });

        FeatureDatasetFile set = ml.Data.LoadFeatureDataset("shifted.features");
        Console.WriteLine($"{set.Manifest.Kind} of {set.Manifest.Rows} rows, steps {set.Manifest.Parameters["steps"]}");
        #endregion
        Assert.Equal(step.Transform(train).GetColumn<float[]>("Features"), set.GetColumn<float[]>("Features"));
        Assert.Equal(("ShiftedLabels", 40L, "100"), (set.Manifest.Kind, set.Manifest.Rows, set.Manifest.Parameters["steps"]));
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

    #region custom-loss
    /// <summary>How likely the label is, turned round: a loss without the logarithm.</summary>
    public sealed class ProbabilityLoss : AttackLoss
    {
        public override Tensor Evaluate(Tensor logits, Tensor labels) =>
            nn.functional.softmax(logits, 1).gather(1, labels.unsqueeze(1)).squeeze(1).neg();
    }
    #endregion

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

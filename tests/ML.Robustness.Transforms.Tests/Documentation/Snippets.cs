using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Attribution;
using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Imaging;
using ML.Robustness.Losses;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Objectives;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Corruptions;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.FeatureDatasetFiles;
using ML.Robustness.Transforms.FeatureVisualization;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Reports;
using ML.Robustness.Transforms.RobustFeatureDataset;
using ML.Robustness.Transforms.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests.Documentation;

/// <summary>The code of README and docs, run on small data.</summary>
public sealed class Snippets
{
    [Fact]
    public void ThePipelineOfTheReadme_TrainsAndSaves()
    {
        InAFolder(folder =>
        {
            folder.Write("train-images-idx3-ubyte.gz",
                IdxFile.Content([40, 8, 8], [.. Enumerable.Range(0, 40 * 64).Select(i => (byte)(i * 37))]), compressed: true);
            folder.Write("train-labels-idx1-ubyte.gz",
                IdxFile.Content([40], [.. Enumerable.Range(0, 40).Select(i => (byte)(i % 3))]), compressed: true);
            RunPipeline();
            using var model = (IDisposable)new MLContext().Model.Load("robust.zip", out var schema);
            Assert.NotNull(schema["Features"].Name);
        });
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
        using var result = new RandomNoise(ThreatModel.L2(0.3)).Perturb(network, inputs,
            AttackGoal.Untargeted(zeros([5], ScalarType.Int64)));
        Assert.InRange(result.Distances.max().item<float>(), 1e-3f, 0.3f + 1e-6f);
    }

    [Fact]
    public void ACustomLoss_IsClimbed()
    {
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.MultilayerPerceptron(8).Create(InputShape.Vector(4), 3, seed: 1);
        var (inputs, labels) = (full([5, 4], 0.5f), zeros([5], ScalarType.Int64));
        var loss = new ProbabilityLoss();
        using var result = new ProjectedGradientDescent(ThreatModel.L2(0.3)) { Loss = loss }.Perturb(network, inputs,
            AttackGoal.Untargeted(labels));
        Assert.True(
            loss.Evaluate(network.call(result.Inputs), labels).gt(loss.Evaluate(network.call(inputs), labels)).all()
                .item<bool>());
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
        var trainer = ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            Architecture = ModelArchitecture.ConvNet(width: 32),
            Objective = new TradesObjective(ThreatModel.LInf(0.1), beta: 6),
            Optimizer = new SgdOptions { LearningRate = 0.05 },
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
        var options = new AdversarialTrainer.Options { Architecture = ModelArchitecture.Registered("two-layers") };
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
    public void AnAttribution_SaysWhatCounts()
    {
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.ConvNet(4, 8).Create(new InputShape(1, 8, 8), 6, seed: 1);
        var images = full([6, 1, 8, 8], 0.5f);
        #region attribution
        var method = new Saliency().Smoothed(samples: 50, noise: 0.15);
        using var result = method.Attribute(network, images, AttributionTarget.Margin(3, 5), new RowRandom(seed: 1));
        var maps =
            result.Values; // (N, C, H, W): what speaks for class 3 rather than class 5, and where it is negative, against it
        #endregion
        Assert.Equal(images.shape, maps.shape);
        using var own = new DistanceFromGrey().Smoothed(3).Attribute(network, images);
        Assert.Equal(images.shape, own.Values.shape);
    }

    [Fact]
    public void TheAttributionsOfTheDocs_AreVectorsOfTheInputsSize()
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.GenerateDigits(20);
        using var classifier = ml.MulticlassClassification.Trainers.AdversarialTraining(epochs: 1).Fit(data);
        #region smooth-grad-explain
        var step = ml.Transforms.SmoothGradExplain(new SmoothGradExplainEstimator.Options
        {
            Classifier = classifier,
            Method = new Saliency(),
            Samples = 50,
            Noise = 0.15,
            Target = AttributionTargetKind.PredictedClass,
            Absolute = true,
            SumChannels = true,
        });
        var explained = step.Fit(data).Transform(data);
        #endregion
        Assert.Equal(28 * 28, ((VectorDataViewType)explained.Schema["Explanation"].Type).Size);
        Assert.Equal(20, explained.GetColumn<float[]>("Explanation").Count());
    }

    [Fact]
    public void ATabularAttribution_NamesItsFeatures()
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromEnumerable(
            Enumerable.Range(0, 30).Select(row => new Flower { Length = row % 2, Width = 0.5f, Kind = row % 2 }).ToArray());
        var rows = ml.Transforms.Concatenate("Features", "Length", "Width").Fit(data).Transform(data);
        using var classifier = ml.MulticlassClassification.Trainers.AdversarialTraining("Kind", epochs: 20).Fit(rows);
        #region explain-features
        var explained = ml.Transforms.SmoothGradExplain(classifier).Fit(rows).Transform(rows);
        VBuffer<ReadOnlyMemory<char>> names = default;
        explained.Schema["Explanation"].GetSlotNames(ref names);
        var first = explained.GetColumn<float[]>("Explanation").First();
        foreach (var (name, value) in names.DenseValues().Zip(first).OrderByDescending(pair => Math.Abs(pair.Second)))
            Console.WriteLine($"{name}: {value:0.000}");
        #endregion
        Assert.Equal(["Length", "Width"], names.DenseValues().Select(name => $"{name}"));
        Assert.True(Math.Abs(first[0]) > Math.Abs(first[1]));
    }

    private sealed class Flower
    {
        public float Length { get; set; }

        public float Width { get; set; }

        public float Kind { get; set; }
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
            .Append(ml.Transforms.PgdAugmentRows(classifier, attack: attack, fraction: 0.5), TransformerScope.TrainTest)
            .AppendCacheCheckpoint(ml)
            .Append(trainer);
        var model = pipeline.Fit(train);
        var scoring = model.GetModelFor(TransformerScope.Scoring); // without PgdAugmentRows: rows need no label
        #endregion
        using (model)
            Assert.Equal(20,
                scoring.Transform(ml.Transforms.DropColumns("Label").Fit(train).Transform(train)).GetColumn<float[]>("Score")
                    .Count());
    }

    [Fact]
    public void TheCrossValidationOfTheDocs_ScoresEachRowOnce()
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.GenerateDigits(20);
        using var classifier = ml.MulticlassClassification.Trainers.AdversarialTraining(epochs: 1).Fit(data);
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 1 };
        var pipeline = new EstimatorChain<ITransformer>()
            .Append(ml.Transforms.PgdAugmentRows(classifier, attack: attack), TransformerScope.TrainTest)
            .Append(ml.MulticlassClassification.Trainers.AdversarialTraining(epochs: 1));
        #region cross-validate
        List<double> accuracies = [];
        foreach (var fold in ml.Data.CrossValidationSplit(data, numberOfFolds: 5))
        {
            using var model = pipeline.Fit(fold.TrainSet);
            var scores = model.GetModelFor(TransformerScope.Scoring).Transform(fold.TestSet);
            accuracies.Add(ml.MulticlassClassification.Evaluate(scores).MicroAccuracy);
        }
        #endregion
        // CrossValidate scores the copies too: twice as many rows.
        var folds = ml.MulticlassClassification.CrossValidate(data, pipeline, numberOfFolds: 5);
        Assert.Equal(40, folds.Sum(fold => fold.ScoredHoldOutSet.GetColumn<uint>("PredictedLabel").Count()));
        foreach (var fold in folds)
            (fold.Model as IDisposable)?.Dispose();
        Assert.Equal(5, accuracies.Count);
        var rows = ml.Data.CrossValidationSplit(data, numberOfFolds: 5).Sum(fold =>
        {
            using var model = pipeline.Fit(fold.TrainSet);
            return model.GetModelFor(TransformerScope.Scoring).Transform(fold.TestSet).GetColumn<uint>("PredictedLabel").Count();
        });
        Assert.Equal(20, rows);
    }

    [Fact]
    public void ThePicturesOfTheDocs_AreWritten()
    {
        InAFolder(_ =>
        {
            var ml = new MLContext(seed: 1);
            var digits = ml.Data.GenerateDigits(10);
            RunPictures(ml, ml.Transforms.CopyColumns("Attribution", "Features").Fit(digits).Transform(digits));
            using (var sheet = MLImage.CreateFromFile("explained.png"))
                Assert.Equal((2 + 3 * 114, 2 + 8 * 114), (sheet.Width, sheet.Height));
            var pixels = digits.GetColumn<float[]>("Features").First();
            RunHeatmap(pixels, pixels);
            using var pair = MLImage.CreateFromFile("explained.png");
            Assert.Equal((2 + 2 * 114, 2 + 114), (pair.Width, pair.Height));
        });
    }

    private static void RunPictures(MLContext ml, IDataView data)
    {
        #region render-heatmap
        var pictures = ml.Transforms.RenderHeatmap("Map", "Attribution")
            .Append(ml.Transforms.RenderHeatmap("Overlay", "Attribution", "Features", ColorScale.Sequential));
        var explained = pictures.Fit(data).Transform(data);
        ml.Data.SaveImageGrid(explained, ["Features", "Map", "Overlay"], "explained.png", rows: 8, enlarge: 4);
        #endregion
    }

    private static void RunHeatmap(float[] pixels, float[] attribution)
    {
        #region heatmap
        var shape = new InputShape(1, 28, 28);
        var image = RgbImage.FromValues(pixels, shape, ValueRange.Unit);
        var map = new Heatmap { ColorScale = ColorScale.Sequential, ClipPercentile = 95 }.Render(attribution, shape, image);
        new ImageGrid { Enlarge = 4 }.Draw([image, map], columns: 2).SavePng("explained.png");
        #endregion
    }

    [Fact]
    public void TheLooksIntoAClassifierOfTheDocs_AreRowsWithImages()
    {
        InAFolder(_ =>
        {
            var ml = new MLContext(seed: 1);
            var digits = ml.Data.GenerateDigits(40);
            using var standard = Fit(ml, digits, 1);
            using var adversarial = Fit(ml, digits, 2);
            RunVisualization(ml, adversarial, digits);
            RunQuality(ml, standard, adversarial, digits);
            Assert.All(["features.png", "morph.png", "tops.png"], name => Assert.True(new FileInfo(name).Length > 500));
        });

        static NeuralClassifierTransformer Fit(MLContext ml, IDataView digits, int width) =>
            ml.MulticlassClassification.Trainers.AdversarialTraining(new()
            {
                Architecture = ModelArchitecture.ConvNet(width, 6),
                Objective = new StandardObjective(),
                Epochs = 1,
            }).Fit(digits);
    }

    private static void RunVisualization(MLContext ml, ITransformer model, IDataView test)
    {
        #region visualize-features
        var features = ml.MulticlassClassification.VisualizeFeatures(model, new VisualizeFeaturesOptions
        {
            Features = [FeatureObjective.Logit(3), FeatureObjective.Unit(5), FeatureObjective.Channel(2)],
            Visualizer = new FeatureVisualizer(ThreatModel.L2(10))
            {
                Steps = 20,
                Augmentation = new RandomAffine { Shift = 2 },
                FrequencyDecay = 1
            },
            Start = VisualizationStartKind.Mean,
            Data = test,
        });
        ml.Data.SaveImageGrid(features, ["Start", "Image"], "features.png", enlarge: 4);
        #endregion
        Assert.Equal(3, features.GetColumn<float>("Score").Count());

        #region morph
        var morph = new Morph(ThreatModel.L2(10)) { Steps = 20, Snapshots = [0, 5, 10, 20] };
        var way = ml.MulticlassClassification.MorphToClass(model, test, target: "7",
            new MorphOptions { Morph = morph, Rows = 4 });
        ml.Data.SaveImageGrid(way, ["Step0", "Step5", "Step10", "Step20"], "morph.png", enlarge: 4);
        #endregion
        Assert.Equal(4, way.GetColumn<float[]>("Probability").Count());

        #region top-activating
        var tops = ml.MulticlassClassification.FindTopActivatingRows(model, test, FeatureObjective.Unit(5), count: 4);
        ml.Data.SaveImageGrid(tops, ["Image"], "tops.png");
        var turned = ml.MulticlassClassification.TuningCurve(model, test, FeatureObjective.Unit(5),
            positions: [-30, -15, 0, 15, 30], rows: 2);
        var darker = ml.MulticlassClassification.TuningCurve(
            model, test, FeatureObjective.Unit(5), positions: [0.25, 0.5, 1], family: (inputs, gain) => inputs.mul(gain),
            rows: 2);
        var kernels = ml.MulticlassClassification.VisualizeFirstLayer(model);
        #endregion
        Assert.Equal((8, 10, 6, 2),
            (tops.GetColumn<int>("Rank").Count(), turned.GetColumn<float>("Score").Count(),
                darker.GetColumn<float>("Score").Count(), kernels.GetColumn<int>("Unit").Count()));
    }

    [Fact]
    public void TheReportOfTheDocs_IsWritten() => InAFolder(_ =>
    {
        var ml = new MLContext(seed: 1);
        var test = ml.Data.GenerateDigits(10);
        using var standard = Digits(ml, null);
        using var adversarial = Digits(ml, new FastGradientMethod(ThreatModel.LInf(0.1)));
        RunReport(ml, standard, adversarial, test);
        Assert.Contains("What the models see", File.ReadAllText("report.html"), StringComparison.Ordinal);
    });

    private static void RunReport(MLContext ml, ITransformer standard, ITransformer adversarial, IDataView test)
    {
        #region report
        var models = new Dictionary<string, ITransformer> { ["standard"] = standard, ["adversarially trained"] = adversarial };
        var entries = ml.MulticlassClassification.SaveModelReport(models, test, "report.html", new ModelReportOptions
        {
            ThreatModel = ThreatModel.LInf(0.1),
            Method = new Saliency().Smoothed(samples: 10),
        });
        foreach (var entry in entries)
            Console.WriteLine(
                $"{entry.Name}: {entry.Metrics["Robust accuracy"]:P1} robust, total "
                    + $"variation {entry.Metrics["Total variation"]:F2}");
        #endregion
    }

    private static void RunQuality(MLContext ml, ITransformer standard, ITransformer adversarial, IDataView test)
    {
        #region attribution-quality
        var models = new Dictionary<string, ITransformer> { ["standard"] = standard, ["adversarially trained"] = adversarial };
        var comparison = ml.MulticlassClassification.EvaluateAttributions(models, test, new Saliency().Smoothed(samples: 10),
            rows: 20);
        Console.WriteLine(comparison); // a line for each measure, which direction is better, and what it says
        #endregion
        Assert.Equal(20, comparison["adversarially trained"].Rows);
    }

    [Fact]
    public void FeaturesOfATensor_AreSearchedWithoutAPipeline()
    {
        using var scope = NewDisposeScope();
        using var network = ModelArchitecture.ConvNet(2, 4).Create(new InputShape(1, 8, 8), 3, seed: 1);
        #region feature-visualizer
        var shape = new InputShape(1, 8, 8);
        var starts = VisualizationStart.Noise(shape, rows: 4, new RowRandom(seed: 1), frequencyDecay: 1);
        var visualizer = new FeatureVisualizer(ThreatModel.Unbounded()) { Steps = 50, FrequencyDecay = 1 };
        using var found = visualizer.Visualize(network, FeatureObjective.LogProbability(2), starts);
        Console.WriteLine($"from {found.StartScores.mean().item<float>():F2} to {found.Scores.mean().item<float>():F2}");
        #endregion
        Assert.True(found.Scores.gt(found.StartScores).all().item<bool>());
        using var difference = visualizer.Visualize(network, new Difference(0, 1), starts);
        Assert.True(difference.Scores.gt(difference.StartScores).all().item<bool>());
    }

    [Fact]
    public void TheEvaluationOfTheDocs_GivesRowsThatScoreAsItSays()
    {
        InAFolder(_ =>
        {
            var ml = new MLContext(seed: 1);
            using var model = TwoDimensionalClasses.Trainer(ml).Fit(TwoDimensionalClasses.Keyed(ml));
            RunEvaluation(ml, model, TwoDimensionalClasses.Keyed(ml, rows: 30));
        });
    }

    [Fact]
    public void TheCorruptionsOfTheDocs_GiveATable()
    {
        var ml = new MLContext(seed: 1);
        var test = ml.Data.GenerateDigits(20);
        using var standard = Digits(ml, null);
        using var adversarial = Digits(ml, new FastGradientMethod(ThreatModel.LInf(0.1)));
        #region corruptions
        var foggy = ml.Transforms.Corrupt("Features", new Fog(), severity: 4).Fit(test).Transform(test);

        var models = new Dictionary<string, ITransformer> { ["standard"] = standard, ["adversarially trained"] = adversarial };
        var report = ml.MulticlassClassification.EvaluateCorruptions(models, test, new CorruptionOptions
        {
            Corruptions = [new Fog(), new Contrast(), new Jpeg()], // left out: Corruption.All
            Severities = [1, 3, 5], // left out: all five
        });
        Console.WriteLine(report); // a line for each corruption, a column for each model
        #endregion
        Assert.Equal(test.Schema["Features"].Type, foggy.Schema["Features"].Type);
        Assert.Equal((3, 2), (report.Corruptions.Count, report.Networks.Count));
    }

    [Fact]
    public void ACorruptionOfYourOwn_WorksAsTheOthers()
    {
        using var scope = NewDisposeScope();
        var images = full([2, 1, 4, 4], 0.25f);
        Assert.Equal(0.75f, new Negative().Apply(images, 5, new RowRandom(1), ValueRange.Unit).max().item<float>());
    }

    [Fact]
    public void TheFeatureAnalysisOfTheDocs_Measures()
    {
        var ml = new MLContext(seed: 1);
        var (train, test) = (ml.Data.GenerateDigits(60), ml.Data.GenerateDigits(20, seed: 5));
        var featureDataset = train;
        using var adversarial = Digits(ml, new FastGradientMethod(ThreatModel.LInf(0.1)));
        #region leakage
        var leakage = ml.MulticlassClassification.MeasureFeatureLeakage(adversarial, featureDataset, test);
        Console.WriteLine($"{leakage.Accuracy:P1} of the test rows are explained by {leakage.Features} robust features");
        #endregion
        #region linear-features
        var features = ml.MulticlassClassification.AnalyzeLinearFeatures(train, ThreatModel.LInf(0.1), positiveClass: 3,
            negativeClass: 8);
        Console.WriteLine(features); // the first singular vectors: usefulness, and what is left of it in the worst case
        var weakest = features.Direction(features.Principal.Count - 1);
        #endregion
        Assert.Equal(0.1, leakage.Chance, 1e-9);
        Assert.Equal(784, weakest.Length);
    }

    private static NeuralClassifierTransformer Digits(MLContext ml, Attack? attack) =>
        ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            Architecture = ModelArchitecture.MultilayerPerceptron(16),
            Attack = attack,
            Objective = attack is null ? new StandardObjective() : null,
            Epochs = 1,
        }).Fit(ml.Data.GenerateDigits(40, seed: 3));

    [Fact]
    public void TheTransferOfTheDocs_HasALineForEachModel()
    {
        var ml = new MLContext(seed: 1);
        var test = TwoDimensionalClasses.Keyed(ml, rows: 30);
        using var standard = TwoDimensionalClasses.Fitted(ml,
            options => (options.Attack, options.Objective) = (null, new StandardObjective()));
        using var adversarial = TwoDimensionalClasses.Fitted(ml);
        #region transfer
        var models = new Dictionary<string, ITransformer> { ["standard"] = standard, ["adversarially trained"] = adversarial };
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 20 };
        var matrix = ml.MulticlassClassification.EvaluateTransfer(models, test, attack);
        Console.WriteLine(matrix); // a line for each model attacked, a column for each model tried
        #endregion
        Assert.Equal(["standard", "adversarially trained"], matrix.Sources);
        Assert.Equal(matrix.Sources, matrix.Targets);
    }

    /// <summary>Runs code that names files as pages do: without a folder.</summary>
    private static void InAFolder(Action<TemporaryFolder> code)
    {
        using var folder = new TemporaryFolder();
        var before = Directory.GetCurrentDirectory();
        Directory.SetCurrentDirectory(folder.PathOf(""));
        try
        {
            code(folder);
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }
    }

    private static void RunEvaluation(MLContext ml, ITransformer model, IDataView test)
    {
        #region evaluation
        var metrics = ml.MulticlassClassification.EvaluateRobustness(model, test, new RobustnessOptions
        {
            ThreatModel = ThreatModel.LInf(0.1),
            Suite = threat => AttackSuite.AutoAttack(threat), // the default; any attacks of your choice go here
            Epsilons = [0.02, 0.05, 0.1],
            CurveSuite = threat => new AttackSuite(new AutoProjectedGradientDescent(threat) { Targets = 9 }),
            // 0.02 and 0.05: cheaper
            KeepInputs = true,
            StatePath = "evaluation.state", // goes on here after an interruption
        });
        Console.WriteLine(metrics);
        var adversarial = metrics.ToDataView(); // verdicts and adversarial rows
        #endregion
        Assert.Equal(metrics.RobustAccuracy, ml.MulticlassClassification.Evaluate(model.Transform(adversarial)).MicroAccuracy,
            12);
        Assert.Equal(3, metrics.Report.Curve.Count);
        Assert.All(["evaluation.state", "evaluation.state.0.02", "evaluation.state.0.05"],
            path => Assert.True(File.Exists(path)));
    }

    [Fact]
    public void FeatureDatasets_TrainANewClassifier()
    {
        var ml = new MLContext(seed: 1);
        var (train, test) = (TwoDimensionalClasses.Keyed(ml, rows: 40), TwoDimensionalClasses.Keyed(ml, rows: 20, seed: 2));
        using var adversarial = TwoDimensionalClasses.Fitted(ml);
        using var standard = TwoDimensionalClasses.Fitted(ml, options => options.Seed = 2);
        using var second = TwoDimensionalClasses.Fitted(ml, options => options.Seed = 3);
        using var third = TwoDimensionalClasses.Fitted(ml, options => options.Seed = 4);
        var trainer = TwoDimensionalClasses.Trainer(ml, options => options.Epochs = 1);
        #region feature-dataset
        // D_R: what an adversarially trained classifier sees of each row, without a ball.
        var robust = ml.Transforms.RobustFeatureDataset(adversarial, FeatureDatasetKind.Robust);

        // D_det: every label wrong, and right for a standard classifier.
        var shifted = ml.Transforms.RobustFeatureDataset(standard, FeatureDatasetKind.ShiftedLabels, ThreatModel.L2(0.5));

        // A new classifier is trained on this data set only and evaluated on natural rows.
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
            EnsembleCorrectColumnName = "OthersRight",
        });
        var bugs = step.Fit(train).Transform(train);
        #endregion
        Assert.Equal(40, bugs.GetColumn<bool>("Fooled").Zip(bugs.GetColumn<bool>("OthersRight")).Count());
    }

    [Fact]
    public void FeatureDatasets_GoToAFile_AndTrainFromIt()
    {
        var ml = new MLContext(seed: 1);
        var train = TwoDimensionalClasses.Keyed(ml, rows: 40);
        using var standard = TwoDimensionalClasses.Fitted(ml);
        var (bars, cancellation) = (new Progress<FeatureDatasetProgress>(), CancellationToken.None);
        File.Delete("shifted.features");
        #region feature-dataset-file
        using var step = ml.Transforms.RobustFeatureDataset(standard, FeatureDatasetKind.ShiftedLabels, ThreatModel.L2(0.5))
            .Fit(train);
        ml.Data.SaveFeatureDataset(step.Transform(train), "shifted.features", new FeatureDatasetFileOptions
        {
            Step = step, // kind, settings, seed and the classifier's checksum go into the manifest
            Source = train, // and the checksum of the rows it is made from
            KeepFinished = true, // the same set is not created twice
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

    #region own-corruption
    private sealed class Negative : Corruption
    {
        // Images are (N, C, H, W), float64, black 0 and white 1; the base checks, scales and clips.
        protected override Tensor Corrupt(Tensor images, int severity, RowRandom random) => images.neg().add(1);
    }
    #endregion

    #region custom-loss
    /// <summary>How likely the label is, turned round: a loss without the logarithm.</summary>
    public sealed class ProbabilityLoss : AttackLoss
    {
        public override Tensor Evaluate(Tensor logits, Tensor labels) =>
            nn.functional.softmax(logits, 1).gather(1, labels.unsqueeze(1)).squeeze(1).neg();
    }
    #endregion

    #region custom-attribution
    /// <summary>By how much the score changes as each row comes nearer to grey, spread over its values.</summary>
    public sealed class DistanceFromGrey : AttributionMethod
    {
        protected override Tensor Explain(AttributionContext context)
        {
            var away = context.Inputs.sub(0.5);
            var (gradient, _) = context.Gradient(context.Inputs.sub(away.mul(0.1)));
            return gradient.mul(away);
        }
    }
    #endregion

    #region custom-objective
    /// <summary>How much more one unit answers than another.</summary>
    public sealed class Difference(int unit, int other) : FeatureObjective
    {
        protected override Tensor Score(nn.Module<Tensor, Tensor> model, Tensor inputs)
        {
            var units = FeatureExtractor.Of(model).Extract(inputs, passesRectifier: true).Values; // (N, units)
            return units.select(1, unit).sub(units.select(1, other));
        }
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

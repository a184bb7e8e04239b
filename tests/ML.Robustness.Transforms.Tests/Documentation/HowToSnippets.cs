using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.AttackSuites;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Objectives;
using ML.Robustness.Onnx.Networks;
using ML.Robustness.PyTorch.Architectures;
using ML.Robustness.PyTorch.Weights;
using ML.Robustness.ThreatModels;
using ML.Robustness.Training;
using ML.Robustness.Transforms.AdversarialTraining;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.Evaluation;
using ML.Robustness.Transforms.SmoothGradExplain;
using ML.Robustness.Transforms.Tests.Onnx;
using ML.Robustness.Transforms.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.Tests.Documentation;

/// <summary>The code of README, start.md and how-to.md, run on small data.</summary>
public sealed class HowToSnippets
{
    [Fact]
    public void TheReadmeOnACsv_IsTrainedEvaluatedAndSaved() => InAFolder(() =>
    {
        WriteFlowers("flowers.csv", rows: 600);
        RunCsv();
        RunPrediction();
    });

    private static void RunCsv()
    {
        #region csv
        var ml = new MLContext(seed: 1);
        TextLoader.Column[] columns = [new("Features", DataKind.Single, 0, 3), new("Label", DataKind.String, 4)];
        var data = ml.Data.LoadFromTextFile("flowers.csv", columns, separatorChar: ',', hasHeader: true);
        var split = ml.Data.TrainTestSplit(data, testFraction: 0.2);

        // 0.3 standard deviations of each column, up or down.
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(0.3, ValueRange.Unbounded)) { Steps = 7 };
        using var model = ml.Transforms.NormalizeMeanVariance("Features", fixZero: false)
            .Append(ml.Transforms.Conversion.MapValueToKey("Label"))
            .Append(ml.MulticlassClassification.Trainers.AdversarialTraining(attack: attack, epochs: 50))
            .Fit(split.TrainSet);

        var metrics = ml.MulticlassClassification.EvaluateRobustness(model, split.TestSet, attack);
        Console.WriteLine($"accuracy {metrics.CleanAccuracy:P0}, under attack {metrics.RobustAccuracy:P0}");
        ml.Model.SaveAtomically(model, data.Schema, "flowers.zip");
        #endregion
        Assert.InRange(metrics.RobustAccuracy, 0.8, metrics.CleanAccuracy);
    }

    private static void RunPrediction()
    {
        #region predict
        var ml = new MLContext();
        var model = ml.Model.Load("flowers.zip", out _);
        TextLoader.Column[] columns = [new("Features", DataKind.Single, 0, 3), new("Label", DataKind.String, 4)];
        var rows = ml.Data.LoadFromTextFile("flowers.csv", columns, separatorChar: ',', hasHeader: true);
        var scored = model.Transform(rows);
        var named = ml.Transforms.Conversion.MapKeyToValue("Answer", "PredictedLabel").Fit(scored).Transform(scored);
        foreach (var answer in named.GetColumn<string>("Answer").Take(5))
            Console.WriteLine(answer);
        #endregion
        Assert.Equal(["low", "middle", "high"], named.GetColumn<string>("Answer").Take(3));
        ((IDisposable)model).Dispose();
    }

    [Fact]
    public void ATorchSharpNetwork_IsAttackedAndEvaluated()
    {
        using var scope = NewDisposeScope();
        using var layer = Linear();
        using var network = nn.Sequential(nn.Flatten(), layer);
        var images = full([6, 1, 2, 2], 0.5f);
        var labels = zeros([6], ScalarType.Int64);
        #region attack-torchsharp
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(8 / 255.0)) { Steps = 20 };
        using var result = attack.Perturb(network, images, AttackGoal.Untargeted(labels));
        Console.WriteLine($"{result.SuccessRate:P1} of the images are misclassified after the attack");

        using var data = LabeledDataset.FromTensors(images, labels, new InputShape(1, 2, 2), classes: 2);
        var evaluator = new RobustnessEvaluator(attack.ThreatModel, threat => AttackSuite.AutoAttack(threat));
        var report = evaluator.Evaluate(network, data);
        Console.WriteLine($"robust accuracy {report.RobustAccuracy:P1}, 95 % within {report.Interval}");
        #endregion
        Assert.Equal((1, 1, 0), (result.SuccessRate, report.CleanAccuracy, report.RobustAccuracy));
    }

    [Fact]
    public void ATorchScriptFile_IsAttackedByItsGradients() => InAFolder(() =>
    {
        using var scope = NewDisposeScope();
        TorchScriptFile.Write("model.pt", new[,] { { 1f, 0, 0, -1 }, { 0, 1, -1, 0 } }, [0.1f, 0]);
        var images = full([3, 1, 2, 2], 0.5f);
        var labels = zeros([3], ScalarType.Int64);
        #region attack-pytorch
        using var network = TorchScriptNetwork.Load("model.pt", trusted: true);
        var attack = new AutoProjectedGradientDescent(ThreatModel.LInf(8 / 255.0));
        using var result = attack.Perturb(network, images, AttackGoal.Untargeted(labels));
        Console.WriteLine($"{result.SuccessRate:P1} of the images are misclassified after the attack");
        #endregion
        // The margin of 0.1 falls by ε times the L1 norm of the weights' difference, 4 ε: to less than zero from ε = 1/40 on.
        Assert.Equal(1, result.SuccessRate);
        var weaker = new AutoProjectedGradientDescent(ThreatModel.LInf(0.0249));
        using var less = weaker.Perturb(network, images, AttackGoal.Untargeted(labels));
        Assert.Equal(0, less.SuccessRate);
    });

    [Fact]
    public void AStateDictionary_IsAttackedAndGoesBackToPython() => InAFolder(() =>
    {
        using var scope = NewDisposeScope();
        var ml = new MLContext(seed: 1);
        var shape = new InputShape(3, 8, 8);
        using (var made = TorchVisionArchitecture.ResNet18().Create(shape, 3, seed: 1))
            PyTorchWeights.Save(made, "resnet18.pth");
        var test = OnnxData.View(ml, OnnxData.Make<float>(shape.Length, rows: 6), 3, 8, 8);
        #region attack-weights
        string[] classes = ["cat", "dog", "ship"];
        var architecture = TorchVisionArchitecture.ResNet18()
            .WithNormalization([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]); // as in Python; pixels stay in [0, 1]
        using var classifier = ml.MulticlassClassification.FromPyTorch("resnet18.pth", architecture, shape, classes);
        var metrics = ml.MulticlassClassification.EvaluateRobustness(classifier, test, new RobustnessOptions
        {
            ThreatModel = ThreatModel.LInf(1 / 255.0),
            Suite = threat => new AttackSuite(new ProjectedGradientDescent(threat) { Steps = 20 }),
        });
        ml.Model.SaveAtomically(classifier, test.Schema, "resnet18.zip");

        // Tensors alone: any TorchSharp network, from a .pth or a .safetensors file, and back.
        using var network = ModelArchitecture.ResidualNet(width: 4).Create(shape, classes.Length, seed: 0);
        PyTorchWeights.Save(network, "robust.safetensors");
        Console.WriteLine(PyTorchWeights.Load(network, "robust.safetensors")); // what was converted or left out
        #endregion
        Assert.InRange(metrics.RobustAccuracy, 0, metrics.CleanAccuracy);
        using var loaded = (NeuralClassifierTransformer)ml.Model.LoadVerified("resnet18.zip", out _);
        Assert.Equal($"{classifier.Architecture}", $"{loaded.Architecture}");
    });

    [Fact]
    public void NetworksFromElsewhere_AreClassifiersOfThePipeline() => InAFolder(() =>
    {
        var ml = new MLContext(seed: 1);
        var (train, test) = (TwoDimensionalClasses.Keyed(ml), TwoDimensionalClasses.Keyed(ml, rows: 45, seed: 2));
        TorchScriptFile.Write("model.pt", new[,] { { 1f, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, 0, 1, 0 } }, [0, 0, 0]);
        using (var trained = TwoDimensionalClasses.Fitted(ml))
        using (var file = File.Create("model.onnx"))
            ml.Model.ConvertToOnnx(trained, TwoDimensionalClasses.View(ml), file);
        using (var trained = TwoDimensionalClasses.Fitted(ml, options =>
            options.Architecture = ModelArchitecture.MultilayerPerceptron(64)))
            PyTorchWeights.Save(trained.Network, "model.safetensors");
        #region from-networks
        string[] classes = ["red", "green", "blue"];
        var shape = InputShape.Vector(4);
        // My TorchSharp module. Model files, and training that goes on from it, make it again by its name.
        ModelArchitecture.Register("mine", (input, count) => nn.Sequential(nn.Flatten(), nn.Linear(input.Length, count)));
        using var fromModule = ml.MulticlassClassification.FromModule(nn.Sequential(nn.Flatten(), nn.Linear(4, 3)), shape,
            classes,
            new NetworkOptions { RegisteredName = "mine" });
        // My TorchScript file, which is code.
        using var fromScript = ml.MulticlassClassification.FromTorchScript("model.pt", shape, classes, trusted: true);
        // My weights, a .pth or .safetensors file, and the architecture that they belong to.
        using var fromWeights = ml.MulticlassClassification.FromPyTorch(
            "model.safetensors", ModelArchitecture.MultilayerPerceptron(64), shape, classes);
        // My ONNX file; the output is named where it has several.
        using var fromOnnx = ml.MulticlassClassification.FromOnnx("model.onnx", classes,
            graph: new OnnxNetworkOptions { OutputName = "Score.output" });
        #endregion
        foreach (var classifier in new[] { fromModule, fromScript, fromWeights, fromOnnx })
        {
            #region use-network
            var metrics = ml.MulticlassClassification.EvaluateRobustness(classifier, test, new RobustnessOptions
            {
                ThreatModel = ThreatModel.LInf(0.1), // AutoAttack, with exact gradients
            });
            var explained = ml.Transforms.SmoothGradExplain(classifier).Fit(test).Transform(test);
            ml.Model.SaveAtomically(classifier, test.Schema, "robust.zip");
            #endregion
            #region fine-tune
            using var robust = ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
            {
                StartingFrom = classifier,
                IsTrained = name => !name.StartsWith("body", StringComparison.Ordinal), // null trains all
                Attack = new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 7 },
                Epochs = 5,
            }).Fit(train);
            #endregion
            Assert.Equal($"{classifier.Architecture}", $"{robust.Architecture}");
            Assert.InRange(metrics.RobustAccuracy, 0, metrics.CleanAccuracy);
            Assert.DoesNotContain(metrics.Warnings, warning => warning.Kind == RobustnessWarningKind.NoGradients);
            Assert.Equal(45, explained.GetColumn<float[]>("Explanation").Count());
            using var loaded = (NeuralClassifierTransformer)ml.Model.LoadVerified("robust.zip", out _);
            Assert.Equal($"{classifier.Architecture}", $"{loaded.Architecture}");
        }
    });

    [Fact]
    public void AModelWithScoresOnly_IsAttackedWithoutGradients()
    {
        var ml = new MLContext(seed: 1);
        var (train, test) = (TwoDimensionalClasses.Keyed(ml), TwoDimensionalClasses.Keyed(ml, rows: 9, seed: 2));
        #region attack-scores
        // Or any chain that makes the column Score.
        var model = ml.MulticlassClassification.Trainers.LightGbm(minimumExampleCountPerLeaf: 5).Fit(train);
        var metrics = ml.MulticlassClassification.EvaluateRobustness(model, test, new RobustnessOptions
        {
            ThreatModel = ThreatModel.LInf(0.2),
            // These two are the default; Square makes 5000 queries for each row unless told otherwise.
            Suite = threat => new AttackSuite(new UniformNoiseAttack(threat), new SquareAttack(threat) { Queries = 500 }),
        });
        Console.WriteLine(metrics);
        #endregion
        Assert.Equal(1, metrics.CleanAccuracy);
        Assert.Contains(metrics.Warnings, warning => warning.Kind == RobustnessWarningKind.NoGradients);
        Assert.Contains("LightGbm", metrics.NoGradients, StringComparison.Ordinal);
    }

    [Fact]
    public void ARobustAccuracy_ComesWithItsWarnings()
    {
        var ml = new MLContext(seed: 1);
        using var model = TwoDimensionalClasses.Fitted(ml);
        var test = TwoDimensionalClasses.Keyed(ml, rows: 6, seed: 2);
        #region is-it-robust
        var metrics = ml.MulticlassClassification.EvaluateRobustness(model, test, new RobustnessOptions
        {
            ThreatModel = ThreatModel.LInf(0.4),
            Suite = threat => AttackSuite.AutoAttack(threat), // three gradient attacks and a black-box one
            Epsilons = [0.4, 0.5, 1], // robust accuracy must reach zero at a large radius
        });
        foreach (var warning in metrics.Warnings)
            Console.WriteLine(warning); // Kind: what was seen, and what to do
        #endregion
        Assert.Equal(0, metrics.Report.Curve[^1].RobustAccuracy);
        Assert.Equal(3, metrics.Report.Curve.Count);
    }

    [Fact]
    public void ATable_IsTrainedWithinItsColumnsBudgets()
    {
        var ml = new MLContext(seed: 1);
        var train = Applicants(ml);
        #region train-tabular
        // Age cannot be changed, income by up to 5000, the number of cards by one.
        var budgets = ThreatModel.LInf(1, ValueRange.Unbounded).WithBudgets(0, 5000, 1);
        var trainer = ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            Architecture = ModelArchitecture.MultilayerPerceptron(32).WithNormalization([45, 40_000, 3], [15, 20_000, 2]),
            Objective = new TradesObjective(budgets, beta: 6),
            Epochs = 30,
        });
        using var model = trainer.Fit(train);
        var metrics = ml.MulticlassClassification.EvaluateRobustness(model, train, new AutoProjectedGradientDescent(budgets));
        #endregion
        Assert.InRange(metrics.RobustAccuracy, 0.8, 1);
    }

    [Fact]
    public void ABinaryClassifier_IsEvaluatedAndTrained()
    {
        var ml = new MLContext(seed: 1);
        var (train, test) = (BinaryPoints.View(ml, 400), BinaryPoints.View(ml, 100, seed: 2));
        #region binary
        var attack = new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 10 };
        var square = new SquareAttack(attack.ThreatModel) { Queries = 500 }; // needs no gradients

        var linear = ml.BinaryClassification.Trainers.SdcaLogisticRegression().Fit(train);
        var before = ml.BinaryClassification.EvaluateRobustness(linear, test, square);

        using var robust = ml.BinaryClassification.Trainers.AdversarialTraining(attack: attack).Fit(train);
        var after = ml.BinaryClassification.EvaluateRobustness(robust, test, attack);
        var metrics = ml.BinaryClassification.Evaluate(robust.Transform(test)); // AUC, F1 … as ever
        Console.WriteLine(
            $"{before.RobustAccuracy:P0} before, {after.RobustAccuracy:P0} after, AUC {metrics.AreaUnderRocCurve:F2}");
        #endregion
        Assert.Equal(metrics.Accuracy, after.CleanAccuracy);
        Assert.Equal(ml.BinaryClassification.Evaluate(linear.Transform(test)).Accuracy, before.CleanAccuracy);
        Assert.InRange(after.RobustAccuracy, 0.3, after.CleanAccuracy);
    }

    [Fact]
    public void APrediction_IsExplainedByItsFeatures()
    {
        var ml = new MLContext(seed: 1);
        var data = Applicants(ml);
        using var classifier = ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            Architecture = ModelArchitecture.MultilayerPerceptron(8).WithNormalization([45, 40_000, 3], [15, 20_000, 2]),
            Objective = new StandardObjective(),
            Optimizer = new AdamWOptions { LearningRate = 0.02 },
            Epochs = 40,
        }).Fit(data);
        #region explain-prediction
        var step = ml.Transforms.SmoothGradExplain(new SmoothGradExplainEstimator.Options
        {
            Classifier = classifier,
            InputColumnName = "Features",
            OutputColumnName = "Explanation",
            Method = new IntegratedGradients(),
            Samples = 1, // 1 and 0: without noise, so that the values of a row add up to the change of its score
            Noise = 0,
        });
        var values = step.Fit(data).Transform(data).GetColumn<float[]>("Explanation").First();
        Console.WriteLine($"age {values[0]:F3}, income {values[1]:F3}, cards {values[2]:F3}");
        #endregion
        Assert.True(Math.Abs(values[1]) > Math.Abs(values[0]));
    }

    [Fact]
    public void AnAttackOfYourOwn_ReachesTheClosedForm()
    {
        using var scope = NewDisposeScope();
        using var network = Linear();
        var inputs = full([2, 4], 0.5f);
        var threat = ThreatModel.LInf(0.1);
        using var result = new GradientWalk(threat).Perturb(network, inputs, AttackGoal.Untargeted(zeros([2], ScalarType.Int64)));
        var logits = network.call(result.Inputs);
        // The margin falls by ε times the L1 norm of the weights' difference.
        Assert.Equal(0.1f - 0.4f, logits[0, 0].sub(logits[0, 1]).item<float>(), 1e-6f);
    }

    [Fact]
    public void ATrainingAndAnEvaluation_Resume() => InAFolder(() =>
    {
        var ml = new MLContext(seed: 1);
        var (train, test) = (TwoDimensionalClasses.Keyed(ml, rows: 30), TwoDimensionalClasses.Keyed(ml, rows: 6, seed: 2));
        RunResume(ml, train, test);
        Assert.True(File.Exists("evaluation.state"));
        RunResume(ml, train, test);
    });

    private static void RunResume(MLContext ml, IDataView train, IDataView test)
    {
        #region resume
        using var model = ml.MulticlassClassification.Trainers.AdversarialTraining(new AdversarialTrainer.Options
        {
            Epochs = 4,
            CheckpointPath = "training.checkpoint", // written at the end of each epoch
        }).Fit(train);
        var metrics = ml.MulticlassClassification.EvaluateRobustness(model, test, new RobustnessOptions
        {
            ThreatModel = ThreatModel.LInf(0.5),
            StatePath = "evaluation.state", // written after each batch
        });
        #endregion
        Assert.Equal(6, metrics.Rows);
    }

    [Fact]
    public void Parts_OfSeveralMachines_AreTheWhole() => InAFolder(() =>
    {
        var ml = new MLContext(seed: 1);
        var test = ml.Data.Cache(TwoDimensionalClasses.Keyed(ml, rows: 12, seed: 2));
        using var model = TwoDimensionalClasses.Fitted(ml, options => options.Epochs = 1);
        var whole = ml.MulticlassClassification.EvaluateRobustness(model, test,
            new RobustnessOptions { ThreatModel = ThreatModel.L2(0.5, new(-10, 10)) });
        foreach (var number in (int[])[0, 1])
            RunPart(ml, model, ml.Data.Cache(number == 0 ? ml.Data.TakeRows(test, 6) : ml.Data.SkipRows(test, 6)), 6 * number);
        RunMerge(ml, model, test, whole);
        var data = ml.Data.Cache(ml.Data.SkipRows(test, 6));
        var metrics = RunInOneProgram(ml, model, [(ml.Data.TakeRows(test, 6), 0), (data, 6)]);
        Assert.Equal(whole.Report.RowResults.Select(row => (row.Row, row.Attack)),
            metrics.Report.RowResults.Select(row => (row.Row, row.Attack)));
    });

    private static void RunPart(MLContext ml, ITransformer model, IDataView part, long firstRow)
    {
        #region part
        // On each machine: its rows, and the number of the first of them within the whole.
        ml.MulticlassClassification.EvaluateRobustness(model, part, new RobustnessOptions
        {
            ThreatModel = ThreatModel.L2(0.5, new(-10, 10)),
            FirstRow = firstRow,
            StatePath = $"evaluation.state.from{firstRow}",
        });
        #endregion
    }

    private static void RunMerge(MLContext ml, ITransformer model, IDataView test, RobustnessMetrics expected)
    {
        #region merge
        // Where all the files are: the state of one evaluation of all rows, which attacks none of them again.
        AttackSuite.MergeStates(Directory.GetFiles(".", "evaluation.state.from*"), "evaluation.state");
        var metrics = ml.MulticlassClassification.EvaluateRobustness(model, test, new RobustnessOptions
        {
            ThreatModel = ThreatModel.L2(0.5, new(-10, 10)),
            StatePath = "evaluation.state",
        });
        #endregion
        Assert.Equal(expected.RobustAccuracy, metrics.RobustAccuracy);
    }

    private static RobustnessMetrics RunInOneProgram(MLContext ml, ITransformer model, (IDataView Rows, long FirstRow)[] parts)
    {
        #region merge-results
        var metrics = RobustnessMetrics.Merge(parts.Select(part => ml.MulticlassClassification.EvaluateRobustness(
            model, part.Rows,
            new RobustnessOptions { ThreatModel = ThreatModel.L2(0.5, new(-10, 10)), FirstRow = part.FirstRow })));
        #endregion
        return metrics;
    }

    [Fact]
    public void AGpu_IsUsedWhereThereIsOne()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Linear(4, 3);
        var images = full([6, 4], 0.5f);
        var labels = zeros([6], ScalarType.Int64);
        var attack = new FastGradientMethod(ThreatModel.LInf(0.1));
        #region gpu
        var ml = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = true }; // pipelines: the first GPU, else the processor

        var device = cuda.is_available() ? CUDA : CPU; // tensors: network and inputs on the same device
        network.to(device);
        using var result = attack.Perturb(network, images.to(device), AttackGoal.Untargeted(labels.to(device)));
        #endregion
        Assert.Equal(0, ml.GpuDeviceId);
        Assert.Equal(6, result.Inputs.shape[0]);
    }

    [Fact]
    public void AnOnnxFile_GivesTheScoresOfTheModel() => InAFolder(() =>
    {
        var ml = new MLContext(seed: 1);
        var data = TwoDimensionalClasses.View(ml);
        using var model = ml.Transforms.NormalizeMinMax("Features")
            .Append(ml.Transforms.Conversion.MapValueToKey("Label", "Kind"))
            .Append(TwoDimensionalClasses.Trainer(ml))
            .Fit(data);
        #region export-onnx
        using (var file = File.Create("model.onnx"))
            ml.Model.ConvertToOnnx(model, data, file);

        using var onnx = ml.Transforms.ApplyOnnxModel("model.onnx").Fit(data); // package Microsoft.ML.OnnxTransformer
        var scores = onnx.Transform(data).GetColumn<float[]>("Score");
        #endregion
        foreach (var (score, expected) in scores.Zip(TwoDimensionalClasses.ScoresOnly(model.Transform(data))))
            Assert.All(score.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
    });

    /// <summary>Four columns and a class, one row in three of each class.</summary>
    private static void WriteFlowers(string path, int rows)
    {
        var classes = new[] { "low", "middle", "high" };
        File.WriteAllLines(path, Enumerable.Range(0, rows).Select(row => FormattableString.Invariant(
            $"{row % 3 + row % 7 * 0.02f},{5 - row % 3 + row % 5 * 0.02f},{row % 4},{row % 3 * 2},{classes[row % 3]}"))
            .Prepend("a,b,c,d,class"));
    }

    /// <summary>Two classes, told by the income.</summary>
    private static IDataView Applicants(MLContext ml) => ml.Data.LoadFromEnumerable(
        Enumerable.Range(0, 120).Select(row => new Applicant
        {
            Label = row % 2,
            Features = [25 + row % 40, row % 2 == 0 ? 70_000 - row * 10 : 20_000 + row * 10, 1 + row % 5],
        }).ToArray());

    /// <summary>Makes a layer of two classes: at the middle of the range the first is ahead by 0.1.</summary>
    private static TorchSharp.Modules.Linear Linear()
    {
        var layer = nn.Linear(4, 2);
        using var quiet = no_grad();
        layer.weight!.copy_(tensor(new[] { 1f, 0, 0, -1, 0, 1, -1, 0 }).view(2, 4));
        layer.bias!.copy_(tensor(new[] { 0.1f, 0 }));
        return layer;
    }

    private static void InAFolder(Action code)
    {
        using var folder = new TemporaryFolder();
        var before = Directory.GetCurrentDirectory();
        Directory.SetCurrentDirectory(folder.PathOf(""));
        try
        {
            code();
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }
    }

    private sealed class Applicant
    {
        public float Label { get; set; }

        [VectorType(3)]
        public float[] Features { get; set; } = [];
    }

    #region add-attack
    /// <summary>Ten steps along the gradient, each projected into the threat model.</summary>
    public sealed class GradientWalk(ThreatModel threatModel) : Attack(threatModel)
    {
        protected override Tensor Search(SearchContext search)
        {
            var candidates = search.Origins;
            for (var step = 0; step < 10; step++)
            {
                var (_, gradient, _) = search.Gradient(candidates);
                candidates = ThreatModel.Step(candidates, gradient, ThreatModel.Epsilon / 4);
                candidates = ThreatModel.Project(candidates, search.Origins);
            }
            return candidates;
        }
    }
    #endregion
}

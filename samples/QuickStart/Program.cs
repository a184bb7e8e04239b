using Microsoft.ML;
using ML.Robustness.Architectures;
using ML.Robustness.Attacks;
using ML.Robustness.Models;
using ML.Robustness.ThreatModels;
using Samples.Shared;

// Data: Features (28 × 28 pixels in [0, 1]) and Label. Your own: ml.Data.LoadFromTextFile, LoadFromIdx or any other IDataView.
var ml = new MLContext(seed: 1);
var (train, test) = (ml.Data.GenerateDigits(2000, seed: 1), ml.Data.GenerateDigits(200, seed: 2));

// Train against an attack that changes each pixel by up to 0.1.
var attack = new ProjectedGradientDescent(ThreatModel.LInf(0.1)) { Steps = 7 };
var network = ModelArchitecture.MultilayerPerceptron(128);
var pipeline = ml.MulticlassClassification.Trainers.AdversarialTraining(attack: attack, architecture: network, epochs: 20)
    .Append(ml.Transforms.Conversion.MapKeyToValue("Digit", "PredictedLabel"));
using var trained = pipeline.Fit(train);

// Evaluate: accuracy without and with the attack.
Console.WriteLine(ml.MulticlassClassification.EvaluateRobustness(trained, test, attack));

// Save, load.
ml.Model.Save(trained, train.Schema, "robust.zip");
var model = ml.Model.Load("robust.zip", out _);

// Predict one row.
var row = ml.Data.TakeRows(test, 1);
var prediction = ml.Data.CreateEnumerable<Prediction>(model.Transform(row), reuseRowObject: false).Single();
Console.WriteLine($"Digit {prediction.Digit}, score {prediction.Score.Max():F1}");

// Explain it: how much each pixel counts for the predicted class, drawn over the image.
var explain = ml.Transforms.SmoothGradExplain(model, "Attribution")
    .Append(ml.Transforms.RenderHeatmap("Heatmap", "Attribution", "Features"));
ml.Data.SaveImageGrid(explain.Fit(row).Transform(row), ["Features", "Heatmap"], "attribution.png", enlarge: 8);
Console.WriteLine("The image and its attribution are in attribution.png.");

internal sealed class Prediction
{
    public uint Digit { get; set; }

    public float[] Score { get; set; } = [];
}

using ML.Robustness.Architectures;
using ML.Robustness.Corruptions;
using ML.Robustness.Data;
using ML.Robustness.Evaluation;
using ML.Robustness.Imaging;
using ML.Robustness.Models;
using ML.Robustness.Numerics;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Evaluation;

public sealed class CorruptionReportTests
{
    private static readonly InputShape Shape = new(1, 9, 11);

    [Fact]
    public void Measure_CountsWhatEachNetworkSaysOfTheCorruptedRows()
    {
        using var scope = NewDisposeScope();
        using var data = Data(out var images, out var labels);
        using var one = Network(1);
        using var other = Network(2);
        Corruption[] corruptions = [new GaussianNoise(), new Contrast()];
        one.train();

        var report = CorruptionReport.Measure([("one", one), ("other", other)], data, corruptions, [1, 5], ValueRange.Unit,
            seed: 8);

        Assert.Equal(300, report.Rows);
        for (var network = 0; network < 2; network++)
        {
            var model = network == 0 ? one : other;
            double Share(Tensor inputs) => model.call(inputs).argmax(1).eq(labels).sum().item<long>() / 300.0;
            Assert.Equal(Share(images), report.CleanAccuracies[network]);
            for (var corruption = 0; corruption < 2; corruption++)
            {
                for (var severity = 0; severity < 2; severity++)
                    Assert.Equal(
                        Share(
                            corruptions[corruption].Apply(images, report.Severities[severity], new RowRandom(8),
                                ValueRange.Unit)), report[corruption, severity, network]);
                Assert.Equal((report[corruption, 0, network] + report[corruption, 1, network]) / 2, report[corruption, network],
                    1e-12);
            }
            Assert.Equal((report[0, network] + report[1, network]) / 2, report.MeanAccuracy(network), 1e-12);
        }
        Assert.NotEqual(report[0, 1, 0], report.CleanAccuracies[0]);
        Assert.True(one.training);
    }

    [Fact]
    public void ToString_IsATable()
    {
        using var data = Data(out _, out _);
        using var network = Network(1);
        var lines =
            $"{CorruptionReport.Measure([("standard", network)], data, [new Fog(), new Pixelate()], [3], ValueRange.Unit)}".Split(
                '\n', StringSplitOptions.TrimEntries);
        Assert.Equal("CORRUPTION || standard |", lines[1]);
        Assert.Matches(@"^\(clean\)    \|\|   [01]\.\d{4} \|$", lines[3]);
        Assert.StartsWith("Fog        ||", lines[4]);
        Assert.StartsWith("(mean)     ||", lines[6]);
    }

    [Fact]
    public void ToString_TellsTheOrderOfColoursApart()
    {
        using var data = Data(out _, out _);
        using var network = Network(1);
        Corruption[] corruptions = [new Jpeg(), new Jpeg { ColorOrder = ColorOrder.Bgr }];
        var lines = $"{CorruptionReport.Measure([("one", network)], data, corruptions, [3], ValueRange.Unit)}".Split('\n');
        Assert.StartsWith("Jpeg       ||", lines[4]);
        Assert.StartsWith("Jpeg (Bgr) ||", lines[5]);
    }

    [Fact]
    public void Measure_LeavesNoTensors()
    {
        using var data = Data(out _, out _);
        using var network = Network(1);
        LiveTensors.AssertNoneLeft(
            () => CorruptionReport.Measure([("one", network)], data, Corruption.All, [2], ValueRange.Unit));
    }

    [Fact]
    public void Measure_WhatCannotBe_Throws()
    {
        using var data = Data(out _, out _);
        using var network = Network(1);
        Assert.Contains("needs a network", Message([], Corruption.All, [1]));
        Assert.Contains("needs a corruption", Message([("one", network)], [], [1]));
        Assert.Contains("each once, got [2, 2]", Message([("one", network)], Corruption.All, [2, 2]));
        Assert.Contains("from 1, the mildest, to 5", Message([("one", network)], Corruption.All, [0]));
        using var vectors = LabeledDataset.FromTensors(zeros(3, 4), zeros([3], ScalarType.Int64), InputShape.Vector(4), 2);
        using var linear = ModelArchitecture.MultilayerPerceptron().Create(InputShape.Vector(4), 2, 1);
        Assert.Contains("Give flat vectors the shape",
            Assert.Throws<ArgumentException>(
                () => CorruptionReport.Measure([("one", linear)], vectors, Corruption.All, [1], ValueRange.Unit)).Message);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(
            () => CorruptionReport.Measure([("one", network)], data, Corruption.All, [1], ValueRange.Unit, 0, cancelled.Token));

        string Message((string, nn.Module<Tensor, Tensor>)[] networks, IReadOnlyList<Corruption> corruptions, int[] severities) =>
            Assert.ThrowsAny<ArgumentException>(
                () => CorruptionReport.Measure(networks, data, corruptions, severities, ValueRange.Unit)).Message;
    }

    private static nn.Module<Tensor, Tensor> Network(ulong seed)
    {
        var network = ModelArchitecture.MultilayerPerceptron(16).Create(Shape, 3, seed);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        foreach (var parameter in network.parameters().Where(parameter => parameter.dim() == 2))
            parameter.mul_(6);
        return network;
    }

    private static LabeledDataset Data(out Tensor images, out Tensor labels)
    {
        using var scope = NewDisposeScope();
        images = new RowRandom(3).Uniform(empty([300, 1, 9, 11]), 0, 1);
        using var teacher = Network(1);
        labels = teacher.call(images).argmax(1);
        var data = LabeledDataset.FromTensors(images.clone().DetachFromDisposeScope(), labels.clone().DetachFromDisposeScope(),
            Shape, 3);
        (images, labels) = (images.MoveToOuterDisposeScope(), labels.MoveToOuterDisposeScope());
        return data;
    }
}

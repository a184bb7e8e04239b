using CsCheck;
using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Models;

/// <summary>What is written and read again is what it was, for random architectures.</summary>
public class RoundTripPropertyTests
{
    private static readonly Gen<ModelArchitecture> Architectures = Gen.OneOf(
        Gen.Int[1, 9].Array[0, 3].Select(widths => ModelArchitecture.MultilayerPerceptron(widths)),
        Gen.Int[1, 5].Array[1, 3].Select(widths => ModelArchitecture.ConvNet(widths[0], widths[^1])),
        Gen.Int[1, 3].Select(width => ModelArchitecture.ResidualNet(width)));

    [Fact]
    public void Parse_OfTheText_GivesTheSameText() => PropertyCheck.Holds(Architectures, architecture =>
        Assert.Equal(architecture.ToString(), ModelArchitecture.Parse(architecture.ToString()).ToString()));

    [Fact]
    public void Weights_ReadIntoAnotherNetwork_AreTheSameBits() => PropertyCheck.Holds(
        Gen.Select(Architectures, Gen.Int[2, 5], Gen.ULong), found =>
        {
            using var scope = NewDisposeScope();
            var (architecture, classes, seed) = found;
            var shape = new InputShape(1, 8, 8);
            using var one = architecture.Create(shape, classes, seed);
            using var other = architecture.Create(shape, classes, seed + 1);
            using var stream = new MemoryStream();
            ModelWeights.Write(stream, one, architecture.ToString());
            stream.Position = 0;
            ModelWeights.Read(stream, other);
            Assert.Equal(stream.Length, stream.Position);
            var read = other.state_dict();
            foreach (var (name, weights) in one.state_dict())
                Assert.True(weights.bytes.SequenceEqual(read[name].bytes), name);
        }, count: 60);
}

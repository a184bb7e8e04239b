using System.Buffers.Binary;
using System.Security.Cryptography;
using ML.Robustness.Architectures;
using ML.Robustness.Data;
using ML.Robustness.Models;
using ML.Robustness.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Tests.Models;

public class ModelWeightsTests
{
    private static readonly InputShape Shape = new(2, 6, 5);

    [Theory]
    [InlineData("MultilayerPerceptron(7)")]
    [InlineData("ConvNet(4, 8)")]
    [InlineData("InputNormalization([0.5, 0.4], [0.25, 0.2]) > ResidualNet(4)")]
    public void Read_WhatWasWritten_GivesEqualLogits(string text)
    {
        using var scope = NewDisposeScope();
        using var network = Create(text, 1);
        // A pass in training mode moves the batch normalisation's statistics off their first values.
        network.train();
        var inputs = rand(Shape.Batch(6));
        network.call(inputs).Dispose();
        network.eval();
        using var other = Create(text, 2);
        other.eval();
        Assert.NotEqual(Logits(network, inputs), Logits(other, inputs));

        using var stream = new MemoryStream();
        stream.WriteByte(7);
        ModelWeights.Write(stream, network, text);
        stream.WriteByte(8);
        stream.Position = 1;
        ModelWeights.Read(stream, other);

        Assert.Equal(8, stream.ReadByte());
        Assert.Equal(Logits(network, inputs), Logits(other, inputs));
        foreach (var (name, value) in network.state_dict())
        {
            Assert.Equal(value.shape, other.state_dict()[name].shape);
            Assert.Equal(value.stride(), other.state_dict()[name].stride());
        }
        Assert.All(other.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Fact]
    public void Read_WeightsOfAnotherElementType_KeepsThemExactly()
    {
        using var scope = NewDisposeScope();
        using var network = Create("ConvNet(4, 8)", 1).to(ScalarType.Float64);
        using var other = Create("ConvNet(4, 8)", 2).to(ScalarType.Float64);
        using var stream = new MemoryStream(Bytes(network));
        ModelWeights.Read(stream, other);
        foreach (var (name, value) in network.state_dict())
            Assert.Equal(value.contiguous().data<double>().ToArray(),
                other.state_dict()[name].contiguous().data<double>().ToArray());
    }

    [Fact]
    public void Write_SameWeights_GivesTheSameBytes()
    {
        using var network = Create("ConvNet(4, 8)", 1);
        using var twin = Create("ConvNet(4, 8)", 1);
        Assert.Equal(Bytes(network), Bytes(twin));
    }

    [Fact]
    public void Read_CutShortAnywhere_SaysSoAndChangesNothing()
    {
        using var network = Create("ConvNet(2, 3)", 1);
        var bytes = Bytes(network);
        for (var length = 0; length < bytes.Length; length += length < 64 ? 1 : 97)
            AssertRefused(bytes[..length], "The weights are cut short");
        AssertRefused(bytes[..^1], "The weights are cut short");
    }

    [Fact]
    public void Read_AnyBitFlipped_IsRefusedAndChangesNothing()
    {
        using var network = Create("ConvNet(2, 3)", 1);
        var bytes = Bytes(network);
        for (var position = 0; position < bytes.Length; position += position < 64 ? 1 : 53)
        {
            var damaged = bytes.ToArray();
            damaged[position] ^= 0x10;
            AssertRefused(damaged, null);
        }
        var values = bytes.ToArray();
        values[^200] ^= 1;
        AssertRefused(values, "The weights are damaged: their checksum does not match.");
    }

    [Fact]
    public void Read_ForeignFile_SaysSo() =>
        AssertRefused("PK\u0003\u0004 this is a zip file of something else"u8.ToArray(),
            "These are not weights of ML.Robustness");

    [Fact]
    public void Read_NewerVersion_SaysSo()
    {
        using var network = Create("ConvNet(2, 3)", 1);
        var bytes = Bytes(network);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), 2);
        AssertRefused(bytes, "written by another version of the library: they have format 2, and this one reads format 1");
    }

    [Fact]
    public void Read_OfAnotherArchitecture_NamesTheDifference()
    {
        using var wide = Create("ConvNet(4, 3)", 1);
        using var perceptron = Create("MultilayerPerceptron(3)", 1);
        using var normalised = Create("InputNormalization([1], [1]) > ConvNet(2, 3)", 1);
        using var empty = Sequential(Flatten());
        using var doubled = Create("ConvNet(2, 3)", 1).to(ScalarType.Float64);
        AssertRefused(Bytes(wide, "ConvNet(4, 3)"),
            "The weights of ConvNet(4, 3) do not fit this network: 'first.weight' is Float32 [2, 2, 3, 3] in the network but "
                + "Float32 [4, 2, 3, 3] in the file.");
        AssertRefused(Bytes(perceptron),
            "The weights do not fit this network: the file has 'layer0.weight', Float32 [3, 60], which the network lacks.");
        AssertRefused(Bytes(normalised), "which the network lacks");
        AssertRefused(Bytes(empty), "the network has 'first.weight', Float32 [2, 2, 3, 3], which the file lacks");
        AssertRefused(Bytes(doubled), "in the network but Float64 [2, 2, 3, 3] in the file");
    }

    [Fact]
    public void Write_FailingStream_ThrowsTheStreamsError()
    {
        using var network = Create("ConvNet(2, 3)", 1);
        using var full = new MemoryStream(new byte[100]);
        Assert.Throws<NotSupportedException>(() => ModelWeights.Write(full, network));
        Assert.Throws<ArgumentNullException>(() => ModelWeights.Write(null!, network));
        Assert.Throws<ArgumentNullException>(() => ModelWeights.Read(full, null!));
    }

    [Fact]
    public void WriteAndRead_LeaveNoTensorsAlive()
    {
        using var network = Create("ResidualNet(4)", 1);
        LiveTensors.AssertNoneLeft(() =>
        {
            using var stream = new MemoryStream(Bytes(network));
            ModelWeights.Read(stream, network);
        });
    }

    /// <summary>Reads into a ConvNet(2, 3), which must refuse and stay as it is.</summary>
    private static void AssertRefused(byte[] bytes, string? message)
    {
        using var network = Create("ConvNet(2, 3)", 9);
        var before = SHA256.HashData(Bytes(network));
        using var stream = new MemoryStream(bytes);
        var error = Assert.Throws<InvalidDataException>(() => ModelWeights.Read(stream, network));
        Assert.Contains(message ?? "weights", error.Message);
        Assert.Equal(before, SHA256.HashData(Bytes(network)));
    }

    private static Module<Tensor, Tensor> Create(string text, ulong seed) => ModelArchitecture.Parse(text).Create(Shape, 3, seed);

    private static byte[] Bytes(Module network, string architecture = "")
    {
        using var stream = new MemoryStream();
        ModelWeights.Write(stream, network, architecture);
        return stream.ToArray();
    }

    private static float[] Logits(Module<Tensor, Tensor> network, Tensor inputs)
    {
        using var scope = NewDisposeScope();
        return network.call(inputs).data<float>().ToArray();
    }
}

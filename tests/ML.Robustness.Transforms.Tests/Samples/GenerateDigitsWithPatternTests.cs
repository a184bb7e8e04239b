using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Samples;

public sealed class GenerateDigitsWithPatternTests
{
    private const int Count = 60, Levels = 8;

    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(63)]
    public void Generate_WithAndWithoutPattern_DifferByExactlyTheAmplitude(int levels)
    {
        var with = RowValues.Read<byte>(Draw(levels: levels));
        var without = RowValues.Read<byte>(Draw(DigitPattern.None, levels));

        Assert.Equal(with.Select(row => row.Label), without.Select(row => row.Label));
        Assert.All(with.Zip(without),
            pair => Assert.All(Difference(pair.First.Features, pair.Second.Features),
                change => Assert.Equal(levels, Math.Abs(change))));
        Assert.All(without, row => Assert.All(row.Features, pixel => Assert.InRange(pixel, levels, 255 - levels)));
    }

    [Fact]
    public void Generate_Pattern_IsOneForEachDigit_WhateverRowAndSeed()
    {
        var patterns = Patterns(seed: 1);

        foreach (var seed in new[] { 1, 9 })
        {
            var with = RowValues.Read<byte>(Draw(seed: seed));
            var other = RowValues.Read<byte>(Draw(DigitPattern.OfOtherDigit, seed: seed));
            var without = RowValues.Read<byte>(Draw(DigitPattern.None, seed: seed));
            for (var row = 0; row < Count; row++)
            {
                var digit = (int)with[row].Label - 1;
                Assert.Equal(patterns[digit], Difference(with[row].Features, without[row].Features));
                Assert.Equal(patterns[(digit + 3) % 10], Difference(other[row].Features, without[row].Features));
            }
        }
    }

    [Fact]
    public void Generate_Patterns_AreUncorrelatedAndBalanced()
    {
        var patterns = Patterns(seed: 1);

        // 784 independent signs: correlations have a standard deviation of 1/28, so 4.5 of them are beyond chance for 55 numbers.
        for (var one = 0; one < 10; one++)
        {
            Assert.InRange(patterns[one].Average() / Levels, -4.5 / 28, 4.5 / 28);
            for (var other = 0; other < one; other++)
                Assert.InRange(patterns[one].Zip(patterns[other], (x, y) => x * y).Average() / (Levels * Levels), -4.5 / 28,
                    4.5 / 28);
        }
    }

    [Fact]
    public void Generate_Drawings_AreThoseOfGenerateDigits()
    {
        var plain = RowValues.Read<byte>(_ml.Data.GenerateDigits(Count, seed: 1, outputAsFloatArray: false));
        var moved = RowValues.Read<byte>(Draw(DigitPattern.None));

        Assert.Equal(plain.Select(row => row.Label), moved.Select(row => row.Label));
        Assert.All(plain.Zip(moved), pair => Assert.Equal(
            pair.First.Features.Select(pixel => (byte)Math.Round(Levels + pixel * (255.0 - 2 * Levels) / 255)),
            pair.Second.Features));
    }

    [Fact]
    public void Generate_Agreement_IsTheShareOfRowsWhoseStrokesShowTheLabel_AndThePatternFollowsTheLabel()
    {
        var drawn = _ml.Data.GenerateDigits(2000, seed: 3).GetColumn<uint>("Label").ToList();
        var view = _ml.Data.GenerateDigitsWithPattern(2000, seed: 3, agreement: 0.8, outputAsFloatArray: false);
        var labels = view.GetColumn<uint>("Label").ToList();
        var patterns = Patterns(seed: 1);

        Assert.InRange(labels.Zip(drawn).Count(pair => pair.First == pair.Second) / 2000.0, 0.76, 0.84);
        Assert.All(labels, label => Assert.InRange(label, 1u, 10u));
        Assert.Equal(drawn, _ml.Data.GenerateDigitsWithPattern(2000, seed: 3).GetColumn<uint>("Label"));
        Assert.DoesNotContain(_ml.Data.GenerateDigitsWithPattern(2000, seed: 3, agreement: 0).GetColumn<uint>("Label").Zip(drawn),
            pair => pair.First == pair.Second);
        Assert.All(
            RowValues.Read<byte>(view)
                .Zip(
                    RowValues.Read<byte>(
                        _ml.Data.GenerateDigitsWithPattern(2000, seed: 3, pattern: DigitPattern.None, outputAsFloatArray: false)))
                        .Take(300),
            pair => Assert.Equal(patterns[pair.First.Label - 1], Difference(pair.First.Features, pair.Second.Features)));
    }

    [Fact]
    public void GetRowCursor_ShuffledAndInPieces_GivesTheSameRows()
    {
        var view = _ml.Data.GenerateDigitsWithPattern(200, seed: 5, agreement: 0.5, outputAsFloatArray: false);
        var inOrder = RowValues.Read<byte>(view);
        var shuffled = RowValues.Read<byte>(view, new Random(1)).OrderBy(row => row.Id).ToList();

        Assert.Equal("Vector<Byte, 1, 28, 28>", view.Schema["Features"].Type.ToString());
        Assert.All(inOrder.Zip(shuffled), pair =>
        {
            Assert.Equal(pair.First.Label, pair.Second.Label);
            Assert.Equal(pair.First.Features, pair.Second.Features);
        });
        Assert.All(inOrder.Zip(RowValues.Read<float>(_ml.Data.GenerateDigitsWithPattern(200, seed: 5, agreement: 0.5))),
            pair => Assert.Equal(pair.First.Features.Select(pixel => pixel / 255f), pair.Second.Features));
    }

    [Fact]
    public void Generate_OutOfBounds_SaysWhatIsExpected()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.GenerateDigitsWithPattern(0));
        Assert.Contains("from 1/255",
            Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.GenerateDigitsWithPattern(1, amplitude: 0.001)).Message);
        Assert.Contains("from 1/255",
            Assert.Throws<ArgumentOutOfRangeException>(
                () => _ml.Data.GenerateDigitsWithPattern(1, amplitude: double.NaN)).Message);
        Assert.Contains("from 0 to 1",
            Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.GenerateDigitsWithPattern(1, agreement: 1.1)).Message);
        Assert.Contains("OfOtherDigit",
            Assert.Throws<ArgumentOutOfRangeException>(
                () => _ml.Data.GenerateDigitsWithPattern(1, pattern: (DigitPattern)7)).Message);
    }

    private IDataView Draw(DigitPattern pattern = DigitPattern.OfLabel, int levels = Levels, int seed = 1) =>
        _ml.Data.GenerateDigitsWithPattern(Count, seed, levels / 255.0, pattern, outputAsFloatArray: false);

    private int[][] Patterns(int seed)
    {
        var with = RowValues.Read<byte>(Draw(seed: seed));
        var without = RowValues.Read<byte>(Draw(DigitPattern.None, seed: seed));
        return [
            .. Enumerable.Range(1, 10).Select(label => with.FindIndex(row => row.Label == label))
            .Select(row => Difference(with[row].Features, without[row].Features))];
    }

    private static int[] Difference(byte[] one, byte[] other) => [.. one.Zip(other, (x, y) => x - y)];
}

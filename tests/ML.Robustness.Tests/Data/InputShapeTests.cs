using ML.Robustness.Data;

namespace ML.Robustness.Tests.Data;

public class InputShapeTests
{
    [Fact]
    public void Image_HasChannelsFirst()
    {
        var shape = new InputShape(3, 32, 30);
        Assert.Equal([5, 3, 32, 30], shape.Batch(5));
        Assert.Equal(2880, shape.Length);
        Assert.True(shape.IsImage);
        Assert.Equal("3×32×30", shape.ToString());
    }

    [Fact]
    public void Vector_IsFlat()
    {
        var shape = InputShape.Vector(784);
        Assert.Equal([2, 784], shape.Batch(2));
        Assert.Equal(784, shape.Length);
        Assert.False(shape.IsImage);
        Assert.Equal("784", shape.ToString());
    }

    [Fact]
    public void Equality_TellsAVectorFromAnImageOfOnePixel()
    {
        Assert.Equal(new InputShape(1, 2, 3), new InputShape(1, 2, 3));
        Assert.NotEqual(new InputShape(4, 1, 1), InputShape.Vector(4));
        Assert.Equal(0, default(InputShape).Length);
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, -2)]
    [InlineData(70_000, 70_000, 70_000)]
    public void Constructor_ImpossibleSizes_Throws(int channels, int height, int width) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new InputShape(channels, height, width));
}

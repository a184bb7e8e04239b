using ML.Robustness.Numerics;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Numerics;

public class ClassLabelsTests
{
    [Fact]
    public void Check_NotAnInt64Vector_SaysWhatCame()
    {
        using var scope = NewDisposeScope();
        var labels = tensor(new long[] { 0, 2 });
        Assert.Same(labels, ClassLabels.Check(labels, "labels"));
        Assert.Equal(
            "Targets must be an Int64 tensor of shape (N), got Float32 [2]. (Parameter 'targets')",
            Assert.Throws<ArgumentException>(() => ClassLabels.Check(zeros(2), "targets", "Targets")).Message);
        Assert.Contains("got Int64 [2, 1]",
            Assert.Throws<ArgumentException>(() => ClassLabels.Check(labels.view(2, 1), "labels")).Message);
        Assert.Equal("labels", Assert.Throws<ArgumentNullException>(() => ClassLabels.Check(null!, "labels")).ParamName);
    }

    [Fact]
    public void Check_BeyondTheClasses_SaysBothBounds()
    {
        using var scope = NewDisposeScope();
        var bounds = ClassLabels.Bounds(tensor(new long[] { 2, 0, 1 }));
        Assert.Equal((0, 2), bounds);
        ClassLabels.Check(bounds, 3);
        Assert.Equal(
            "Labels must lie in 0…1, since the network has 2 classes, but span [0, 2].",
            Assert.Throws<ArgumentException>(() => ClassLabels.Check(bounds, 2)).Message);
        Assert.Equal(
            "Targets must lie in 0…1, since the network has 2 classes, but span [-1, 1]. (Parameter 'targets')",
            Assert.Throws<ArgumentException>(() => ClassLabels.Check((-1, 1), 2, "targets", "Targets")).Message);
    }
}

using ML.Robustness.Losses;
using static TorchSharp.torch;

namespace ML.Robustness.Tests.Losses;

public class LogitsTests
{
    [Fact]
    public void OtherClasses_MasksTheLabelAlone()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new[,] { { -3.0, -1, -2 }, { 4, 5, 6 } });
        var others = Logits.OtherClasses(logits, tensor(new long[] { 1, 0 }));
        Assert.Equal([-3, double.NegativeInfinity, -2, double.NegativeInfinity, 5, 6], others.data<double>().ToArray());
        Assert.Equal([-3, -1, -2, 4, 5, 6], logits.data<double>().ToArray());
    }

    [Fact]
    public void OtherClasses_Gradient_IsThatOfTheOthers()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new[,] { { -3.0, -1, -2 } }).requires_grad_(true);
        Logits.OtherClasses(logits, tensor(new long[] { 1 })).max(1).values.sum().backward();
        Assert.Equal([0, 0, 1], logits.grad!.data<double>().ToArray());
    }
}

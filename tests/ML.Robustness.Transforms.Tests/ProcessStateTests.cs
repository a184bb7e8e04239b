using System.Globalization;
using ML.Robustness.Gpu;
using TorchSharp;
using static TorchSharp.torch;

namespace ML.Robustness.Transforms.Tests;

/// <summary>What another library sets for the whole process or thread changes no result, and is left as it was.</summary>
public sealed class ProcessStateTests
{
    // The large ones of a kind that small ones stand for.
    private static readonly string[] Large = ["attacks on images, float32", "AutoAttack", "evaluation"];

    /// <summary>A culture that writes 0,5; the machine need not know any.</summary>
    private static readonly CultureInfo Commas = new("")
    {
        NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "−" },
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Results_DoNotDependOnIt(bool isInference)
    {
        var differences = new List<string>();
        foreach (var check in Checks.All().Where(check => !Large.Contains(check.Area)))
        {
            var (expected, found) = (new Findings(CPU), new Findings(CPU));
            using (NewDisposeScope())
                check.Run(expected);
            try
            {
                using (NewDisposeScope())
                    Under(isInference, () => check.Run(found));
                differences.AddRange(found.Compare(expected, 0, 0).Differences.Select(text => $"{check.Area}, {check.Name}: {text}"));
            }
            catch (Exception error)
            {
                differences.Add($"{check.Area}, {check.Name}: {error}");
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private static void Under(bool isInference, Action work)
    {
        var (type, device, culture) = (get_default_dtype(), get_default_device(), CultureInfo.CurrentCulture);
        IDisposable mode = isInference ? inference_mode() : no_grad();
        try
        {
            set_default_dtype(ScalarType.Float64);
            set_default_device(META);
            CultureInfo.CurrentCulture = Commas;

            work();

            Assert.Equal(
                (ScalarType.Float64, DeviceType.META, Commas, isInference, false),
                (get_default_dtype(), get_default_device().type, CultureInfo.CurrentCulture, is_inference_mode_enabled(),
                    is_grad_enabled()));
        }
        finally
        {
            set_default_dtype(type);
            set_default_device(device);
            CultureInfo.CurrentCulture = culture;
            mode.Dispose();
        }
    }
}

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
        // A network converted to float64 under inference_mode has weights that libtorch itself refuses to attack.
        foreach (var check in Checks.All().Where(check => !Large.Contains(check.Area)
            && !(isInference && check.Area.Contains("float64", StringComparison.Ordinal))))
        {
            var (expected, found) = (new Findings(CPU), new Findings(CPU));
            using (NewDisposeScope())
                check.Run(expected);
            try
            {
                using (NewDisposeScope())
                    Under(isInference, () => check.Run(found));
                differences.AddRange(
                    found.Compare(expected, 0, 0).Differences.Select(text => $"{check.Area}, {check.Name}: {text}"));
            }
            catch (Exception error)
            {
                differences.Add($"{check.Area}, {check.Name}: {error}");
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    [Fact]
    public void Verdicts_DoNotDependOnTheNumberOfThreads()
    {
        var differences = new List<string>();
        var threads = get_num_threads();
        // Attacks in float64 and training: where a difference would grow from step to step.
        foreach (var check in Checks.All().Where(check => check.Area is "attacks, float64" or "training, float32"))
        {
            var (expected, found) = (new Findings(CPU), new Findings(CPU));
            try
            {
                Run(check, expected, 1);
                Run(check, found, 3);
            }
            finally
            {
                set_num_threads(threads);
            }

            // libtorch adds in another order, which leaves roundings; no verdict may change.
            var rounding = check.Area == "attacks, float64" ? 1e-14 : 1e-5;
            differences.AddRange(
                found.Compare(expected, rounding, 0).Differences.Select(text => $"{check.Area}, {check.Name}: {text}"));
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));

        static void Run(Check check, Findings findings, int threads)
        {
            set_num_threads(threads);
            using var scope = NewDisposeScope();
            check.Run(findings);
            Assert.Equal(threads, get_num_threads());
        }
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

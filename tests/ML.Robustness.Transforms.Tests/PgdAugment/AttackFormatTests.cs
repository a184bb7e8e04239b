using System.Reflection;
using ML.Robustness.Attacks;
using ML.Robustness.Data;
using ML.Robustness.Losses;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.PgdAugment;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.PgdAugment;

/// <summary>The attack in a model file has every setting of PGD.</summary>
public class AttackFormatTests
{
    private static readonly ThreatModel Threat = ThreatModel.L2(0.7, new ValueRange(-1, 2)).WithBudgets(1, 0, 3);

    /// <summary>A value other than the default for each setting; a new setting has none yet and fails below.</summary>
    private static readonly Dictionary<string, object> Settings = new()
    {
        [nameof(Attack.Loss)] = AttackLoss.Dlr,
        [nameof(Attack.BatchSize)] = 17,
        [nameof(Attack.EotSamples)] = 3,
        [nameof(ProjectedGradientDescent.Steps)] = 23,
        [nameof(ProjectedGradientDescent.StepSize)] = 0.03,
        [nameof(ProjectedGradientDescent.RandomStart)] = false,
        [nameof(ProjectedGradientDescent.StartOnSurface)] = true,
        [nameof(ProjectedGradientDescent.Momentum)] = 0.9,
        [nameof(ProjectedGradientDescent.ReturnBestIterate)] = false,
    };

    private static PropertyInfo[] Properties =>
        [.. typeof(ProjectedGradientDescent).GetProperties().Where(property => property.CanWrite)];

    [Fact]
    public void Settings_AreAllThatProjectedGradientDescentHas() =>
        Assert.Equal(Settings.Keys.Order(), Properties.Select(property => property.Name).Order());

    [Fact]
    public void WriteAndRead_EverySettingOfProjectedGradientDescent_ComesBack()
    {
        foreach (var changed in Properties)
        {
            var attack = new ProjectedGradientDescent(Threat);
            Assert.NotEqual(Settings[changed.Name], changed.GetValue(attack));
            changed.SetValue(attack, Settings[changed.Name]);

            var read = Copy(attack);

            Assert.Equal(Threat.ToString(), read.ThreatModel.ToString());
            Assert.All(Properties, property => Assert.Equal(property.GetValue(attack), property.GetValue(read)));
        }
    }

    [Fact]
    public void WriteAndRead_RangesOfFeatures_ComeBackAfterWhatFilesWithoutThemHold()
    {
        ThreatModel[] models = [Threat, ThreatModel.LInf(0.1), ThreatModel.L1(2), ThreatModel.Unbounded(new ValueRange(-1, 2))];
        foreach (var model in models)
        {
            var ranges = model.WithRanges(
                new ValueRange(-1, 2), new ValueRange(0, double.PositiveInfinity), ValueRange.Unbounded);
            Assert.Equal(ranges.ToString(), Copy(new ProjectedGradientDescent(ranges)).ThreatModel.ToString());
            Assert.Equal(model.ToString(), Copy(new ProjectedGradientDescent(model)).ThreatModel.ToString());
        }
        var plain = Stored.Write(writer => AttackFormat.WriteThreatModel(writer, ThreatModel.L2(0.7, ValueRange.Unbounded)));
        var own = Stored.Write(writer => AttackFormat.WriteThreatModel(
            writer, ThreatModel.L2(0.7).WithRanges(new ValueRange(0, double.PositiveInfinity), ValueRange.Unbounded)));
        Assert.Equal(1 + 3 * sizeof(double) + sizeof(int), plain.Length);
        Assert.Equal(plain.Length + sizeof(int) + 4 * sizeof(double), own.Length);
        Assert.Equal((1, 17), (plain[0], own[0]));
    }

    private static ProjectedGradientDescent Copy(ProjectedGradientDescent attack) =>
        Stored.Read<ProjectedGradientDescent>(
            Stored.Write(writer => AttackFormat.Write(writer, attack)), typeof(AttackFormat));
}

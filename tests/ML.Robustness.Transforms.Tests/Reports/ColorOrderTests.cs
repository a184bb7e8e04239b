using Microsoft.ML;
using ML.Robustness.Attribution;
using ML.Robustness.Data;
using ML.Robustness.FeatureVisualization;
using ML.Robustness.Imaging;
using ML.Robustness.ThreatModels;
using ML.Robustness.Transforms.Reports;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Reports;

public sealed class ColorOrderTests
{
    private readonly MLContext _ml = new(seed: 3);

    [Fact]
    public void Images_AreDrawnInTheOrder_AndMapsAreTheSame()
    {
        using var classifier = ColorRows.Classifier(_ml);
        var data = ColorRows.View(_ml);
        var options = new ModelReportOptions
        {
            Method = new Saliency(),
            Visualizer = new FeatureVisualizer(ThreatModel.L2(3)) { Steps = 3 },
        };
        var (rows, rgb) = Images();
        options.ColorOrder = ColorOrder.Bgr;
        var (rowsInBgr, bgr) = Images();

        var made = ColorRows.Make(2);
        for (var row = 0; row < 2; row++)
        {
            Assert.Equal(RgbImage.FromValues(made[row].Features, ColorRows.Shape, ValueRange.Unit), rows[row].Images[0]);
            Assert.Equal(RgbImage.FromValues(made[row].Flipped, ColorRows.Shape, ValueRange.Unit), rowsInBgr[row].Images[0]);
            Assert.Equal(rows[row].Images.Skip(1), rowsInBgr[row].Images.Skip(1));
        }

        Assert.Equal(2, rgb.Count);
        Assert.Equal(rgb.Select(ColorRows.Exchanged), bgr);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ModelReportOptions { ColorOrder = (ColorOrder)2 });

        (IReadOnlyList<ReportedModel.ExplainedRow> Rows, IReadOnlyList<RgbImage> Classes) Images()
        {
            using var model = new ReportedModel("model", classifier, data, _ml.MulticlassClassification, options, 1);
            var silent = new Progress<double>();
            return (model.Explain([0, 1], silent), model.ShowClasses(model.ClassNames, silent));
        }
    }
}

using System.Text.RegularExpressions;
using System.Xml.Linq;
using ML.Robustness.Imaging;
using ML.Robustness.Transforms.Reports;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Reports;

public sealed class HtmlReportTests
{
    private static readonly RgbImage Dot = new(1, 1, [10, 20, 30, 255]);

    [Fact]
    public void Page_FetchesNothingAndRunsNoScript()
    {
        var page = Everything().ToString();
        Assert.DoesNotContain("http", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.All(Regex.Matches(page, "src=\"([^\"]*)\"").Select(match => match.Groups[1].Value),
            source => Assert.StartsWith("data:image/png;base64,", source, StringComparison.Ordinal));
    }

    [Fact]
    public void Page_IsWellFormedWithAltTextsAndBothColourSchemes()
    {
        var page = Everything().ToString();
        var body = XElement.Parse(
            Regex.Replace(
                page[page.IndexOf("<body>", StringComparison.Ordinal)..page.IndexOf("</html>", StringComparison.Ordinal)],
                "<(img [^>]*)>", "<$1/>"));
        var images = body.Descendants("img").ToArray();
        Assert.Equal(["Row 1, standard, gradient", "Row 1, standard, SmoothGrad"],
            images.Select(image => image.Attribute("alt")!.Value));
        Assert.Contains("50.0 % at radius 0.1", body.Descendants("svg").Single().Attribute("aria-label")!.Value,
            StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", page, StringComparison.Ordinal);
        Assert.Contains("width=device-width", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_AreEscaped()
    {
        var page = new HtmlReport("a < b", "\"x\" & <script>").AddTable("<i>", ["<b>"], [["</table>"]]).ToString();
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Contains("a &lt; b", page, StringComparison.Ordinal);
        Assert.Contains("&lt;/table&gt;", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_ArePngFilesOfTheirPixels()
    {
        var source = Regex.Match(Everything().ToString(), "base64,([^\"]*)").Groups[1].Value;
        Assert.Equal(Dot.ToPng(), Convert.FromBase64String(source));
    }

    [Fact]
    public void Save_WritesThePage_AndLeavesNothingBeside()
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("report.html");
        Everything().Save(path);
        Assert.Equal(Everything().ToString(), File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.PathOf("")));
    }

    [Fact]
    public void Save_IntoNoFolder_SaysSo() =>
        Assert.Contains("does not exist",
            Assert.Throws<IOException>(
                () => Everything().Save(Path.Combine(Path.GetTempPath(), "no such folder", "report.html"))).Message,
                StringComparison.Ordinal);

    [Fact]
    public void WhatDoesNotFit_IsRefusedAndLeavesThePageAsItWas()
    {
        var report = new HtmlReport("r");
        var before = report.ToString();
        Assert.Contains("needs 2 cells",
            Assert.Throws<ArgumentException>(() => report.AddTable("t", ["a", "b"], [["1"]])).Message, StringComparison.Ordinal);
        Assert.Contains("one column or more", Assert.Throws<ArgumentException>(() => report.AddTable("t", [], [])).Message,
            StringComparison.Ordinal);
        Assert.Contains("two or more",
            Assert.Throws<ArgumentException>(() => report.AddCurves("c", "x", "y", [("a", [(0, 0)])])).Message,
            StringComparison.Ordinal);
        Assert.Contains("share from 0 to 1",
            Assert.Throws<ArgumentException>(() => report.AddCurves("c", "x", "y", [("a", [(0, 0), (1, 2)])])).Message,
            StringComparison.Ordinal);
        Assert.Contains("has no curves", Assert.Throws<ArgumentException>(() => report.AddCurves("c", "x", "y", [])).Message,
            StringComparison.Ordinal);
        Assert.Contains("needs 1 images",
            Assert.Throws<ArgumentException>(() => report.AddImages("p", new ImageTable("t", ["a"], [("l", [])]))).Message,
            StringComparison.Ordinal);
        Assert.Equal(before, report.ToString());
    }

    private static HtmlReport Everything() => new HtmlReport("Title", "Introduction")
        .AddSection("Section", "Words")
        .AddTable("Accuracy", ["model", "clean"], [["standard", "0.9"]])
        .AddCurves("Curve.", "radius", "accuracy",
            [("standard", [(0, 0.9), (0.1, 0.5)]), ("adversarially trained", [(0, 0.85), (0.1, 0.8)])])
        .AddImages("Maps", new ImageTable("Row 1", ["gradient", "SmoothGrad"], [("standard", [Dot, Dot])]));
}

using ML.Robustness.Onnx.Operators;
using ML.Robustness.Testing;

namespace ML.Robustness.Onnx.Tests.Operators;

/// <summary>The table of operators in docs/onnx.md is what the tests check.</summary>
public sealed class OperatorPageTests
{
    private const string Begin = "<!-- operators: begin -->\n", End = "<!-- operators: end -->", Rewrite = "REWRITE_ONNX_TABLE";
    private static readonly string Page = Path.Combine(Repository.Root, "docs", "onnx.md");

    [Fact]
    public void TableOfThePage_IsThatOfTheTests()
    {
        var text = File.ReadAllText(Page);
        var (first, last) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length,
            text.IndexOf(End, StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable(Rewrite) == "1")
            File.WriteAllText(Page, text[..first] + Table() + text[last..]);
        else
            Assert.True(Table() == text[first..last],
                $"The table of operators in docs/onnx.md is not up to date: run this test with {Rewrite}=1, and read the "
                    + $"difference.");
    }

    private static string Table() => "| operator | since opset | compared in opsets | gradient compared | cases |\n"
        + "| --- | ---: | --- | --- | ---: |\n"
        + string.Concat(OperatorTable.All.OrderBy(definition => definition.Name.Contains('.', StringComparison.Ordinal))
            .ThenBy(definition => definition.Name, StringComparer.Ordinal).Select(Row));

    private static string Row(OperatorDefinition definition)
    {
        var cases = OperatorCases.All.Where(entry => entry.Name.Split(' ', ',').Contains(definition.Name)).ToArray();
        Assert.NotEmpty(cases);
        var isOwn = !definition.Name.Contains('.', StringComparison.Ordinal);
        var opsets = string.Join(", ", cases.SelectMany(entry => entry.Opsets).Distinct().Order());
        return $"| `{definition.Name}` | {(isOwn ? definition.FirstOpset : "any")} | {opsets} | "
            + $"{(cases.Any(entry => entry.HasGradient) ? "yes" : "no")} | {cases.Length} |\n";
    }
}

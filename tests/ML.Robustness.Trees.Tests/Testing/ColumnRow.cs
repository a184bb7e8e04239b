namespace ML.Robustness.Trees.Tests.Testing;

/// <summary>A row of named columns.</summary>
public class ColumnRow
{
    public bool Label { get; set; }

    public string Kind { get; set; } = "";

    public string Color { get; set; } = "";

    public float Age { get; set; }

    public float Income { get; set; }

    public float Debt { get; set; }

    public static ColumnRow[] Of(int count)
    {
        var random = new Random(11);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var row = new ColumnRow
            {
                Age = random.Next(18, 80),
                Income = random.Next(10, 200) / 3f,
                Debt = random.Next(0, 100) / 7f,
                Color = random.Next(2) == 0 ? "red" : "blue",
            };
            row.Label = row.Income - row.Debt + row.Age / 10 + random.Next(-6, 7) > 34;
            row.Kind = row.Debt > 7 ? "heavy" : row.Income > 40 ? "rich" : "poor";
            return row;
        })];
    }
}

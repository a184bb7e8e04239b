namespace AttackMyModel;

/// <summary>The results as attack-my-model.json has them.</summary>
internal static class Summary
{
    public static object Of(
        IReadOnlyList<(TabularProblem Problem, IReadOnlyList<MeasuredModel> Models)> lines, ExperimentSettings settings,
        TimeSpan time)
    {
        var data = lines.ToDictionary(line => line.Problem.Name, line => new
        {
            units = line.Problem.UnitsByColumn,
            rows = line.Models[0].Result.Rows.Count,
            models = line.Models.ToDictionary(model => model.Result.Name, Of),
        });
        return new { norm = "LInf", settings, seconds = time.TotalSeconds, data };
    }

    private static object Of(MeasuredModel model) => new
    {
        clean = model.Result.CleanAccuracy,
        radii = model.Result.Epsilons.Select(epsilon => new
        {
            epsilon,
            blackBox = model.Result.BlackBoxAccuracy(epsilon),
            whiteBox = model.Result.RobustAccuracy(epsilon),
            exact = model.Result.ExactAccuracy(epsilon),
            certified = model.Result.CertifiedAccuracy(epsilon),
        }),
        meanNearest = model.Result.MeanDistance,
        broken = model.Broken,
        columns = model.Columns,
    };
}

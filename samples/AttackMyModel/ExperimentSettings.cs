namespace AttackMyModel;

/// <summary>The settings of the sample.</summary>
/// <param name="TestEvery">The test rows are those whose number this divides: a multiple of 5.</param>
/// <param name="Steps">The steps of each attack with gradients.</param>
/// <param name="SquareQueries">The queries of Square for a row.</param>
/// <param name="HopSkipJumpQueries">The queries of HopSkipJump for a row.</param>
internal sealed record ExperimentSettings(int TestEvery, int Steps, int SquareQueries, int HopSkipJumpQueries)
{
    public static ExperimentSettings Full { get; } = new(5, 100, 2000, 5000);

    public static ExperimentSettings Quick { get; } = new(15, 20, 200, 500);
}

namespace AttackMyModel;

/// <summary>A model's result, with the columns that broke it.</summary>
/// <param name="Result">The rows under attack.</param>
/// <param name="Columns">How each column was changed.</param>
/// <param name="Broken">The rows that were broken within the largest radius.</param>
internal sealed record MeasuredModel(ModelResult Result, IReadOnlyList<ColumnUse> Columns, int Broken);

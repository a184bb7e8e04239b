using Microsoft.ML;

namespace AttackMyModel;

/// <summary>A fitted chain from the raw columns to scores.</summary>
/// <param name="Name">The name for tables.</param>
/// <param name="Kind">What an attacker who has the model can use.</param>
/// <param name="Chain">The chain.</param>
/// <param name="LabelColumnName">The labels it was trained on.</param>
internal sealed record DeployedModel(string Name, ModelKind Kind, ITransformer Chain, string LabelColumnName) : IDisposable
{
    public void Dispose() => (Chain as IDisposable)?.Dispose();
}

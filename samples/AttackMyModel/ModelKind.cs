namespace AttackMyModel;

/// <summary>What an attacker who has the model can use.</summary>
internal enum ModelKind
{
    /// <summary>Gradients of all steps.</summary>
    Network,

    /// <summary>A closed form: the scores are an affine function of the raw columns.</summary>
    Linear,

    /// <summary>Thresholds.</summary>
    Trees,
}

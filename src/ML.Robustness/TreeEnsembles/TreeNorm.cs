namespace ML.Robustness.TreeEnsembles;

/// <summary>The norm that measures a change of a row, each feature's in its unit.</summary>
public enum TreeNorm
{
    /// <summary>The largest change of a feature.</summary>
    LInf,

    /// <summary>The square root of the sum of squares.</summary>
    L2,

    /// <summary>The sum of the absolute changes.</summary>
    L1,
}

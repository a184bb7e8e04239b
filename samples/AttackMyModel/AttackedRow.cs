namespace AttackMyModel;

/// <summary>A test row: what is proven of it, and what attacks found near it.</summary>
/// <param name="label">The number of its class, from 0.</param>
/// <param name="isCorrect">Whether the model classifies it rightly.</param>
/// <param name="features">Its raw columns.</param>
internal sealed class AttackedRow(int label, bool isCorrect, float[] features)
{
    /// <summary>What single precision may add to a distance.</summary>
    public const double Rounding = 1e-6;

    public int Label => label;

    public bool IsCorrect => isCorrect;

    public float[] Features => features;

    /// <summary>The radius within which no change alters the prediction; null where nothing is proven.</summary>
    public double? CertifiedRadius { get; set; }

    /// <summary>The distance of the nearest adversarial row there is; null where it is not known.</summary>
    public double? ExactRadius { get; set; }

    /// <summary>The adversarial rows that attacks found.</summary>
    public List<AdversarialRow> Found { get; } = [];

    /// <summary>The nearest of them.</summary>
    public AdversarialRow? Nearest => Found.MinBy(found => found.Distance);

    /// <summary>Whether the row is classified rightly, and no attack broke it within a radius.</summary>
    public bool IsRobust(double epsilon, bool blackBoxOnly = false) =>
        isCorrect && !Found.Exists(found => (found.IsBlackBox || !blackBoxOnly) && IsWithin(found, epsilon));

    public bool IsCertified(double epsilon) => isCorrect && CertifiedRadius > epsilon + Rounding;

    public bool IsExactlyRobust(double epsilon) => isCorrect && ExactRadius > epsilon + Rounding;

    public static bool IsWithin(AdversarialRow found, double epsilon) => found.Distance <= epsilon + Rounding;
}

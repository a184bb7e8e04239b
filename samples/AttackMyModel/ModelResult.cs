using System.Globalization;

namespace AttackMyModel;

/// <summary>A model and its test rows under attack.</summary>
internal sealed class ModelResult
{
    /// <summary>Creates the result.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="rows">The test rows.</param>
    /// <param name="epsilons">The radii, ascending.</param>
    /// <exception cref="InvalidOperationException">An attack broke a row that is certified.</exception>
    public ModelResult(string name, IReadOnlyList<AttackedRow> rows, IReadOnlyList<double> epsilons)
    {
        (Name, Rows, Epsilons) = (name, rows, epsilons);
        for (var row = 0; row < rows.Count; row++)
            Check(row);
    }

    public string Name { get; }

    public IReadOnlyList<AttackedRow> Rows { get; }

    public IReadOnlyList<double> Epsilons { get; }

    /// <summary>Whether something is proven of each row.</summary>
    public bool HasCertificates => Rows.All(row => row.CertifiedRadius is not null);

    /// <summary>Whether the radius of each row is known.</summary>
    public bool IsExact => Rows.All(row => row.ExactRadius is not null);

    public double CleanAccuracy => Share(row => row.IsCorrect);

    /// <summary>The share of rows that no black-box attack broke.</summary>
    public double BlackBoxAccuracy(double epsilon) => Share(row => row.IsRobust(epsilon, blackBoxOnly: true));

    /// <summary>The share of rows that no attack broke.</summary>
    public double RobustAccuracy(double epsilon) => Share(row => row.IsRobust(epsilon));

    /// <summary>The share of rows that no attack can break; null where nothing is proven.</summary>
    public double? CertifiedAccuracy(double epsilon) => HasCertificates ? Share(row => row.IsCertified(epsilon)) : null;

    /// <summary>The accuracy under the best attack there is; null where it is not known.</summary>
    public double? ExactAccuracy(double epsilon) => IsExact ? Share(row => row.IsExactlyRobust(epsilon)) : null;

    /// <summary>The mean distance of the nearest adversarial rows found, in units; null where there are none.</summary>
    public double? MeanDistance =>
        Rows.Where(row => row is { IsCorrect: true, Nearest: not null }).Select(row => (double?)row.Nearest!.Distance).Average();

    private double Share(Func<AttackedRow, bool> condition) => Rows.Count(condition) / (double)Rows.Count;

    private void Check(int number)
    {
        var row = Rows[number];
        if (!row.IsCorrect)
            return;
        if (row.CertifiedRadius > row.ExactRadius + AttackedRow.Rounding)
            throw Wrong(number, $"certified within {row.CertifiedRadius}, but the exact radius is {row.ExactRadius}.");
        var least = row.ExactRadius ?? row.CertifiedRadius;
        foreach (var found in row.Found)
        {
            if (found.Distance < least - AttackedRow.Rounding)
                throw Wrong(number,
                    $"{found.Attack} found an adversarial row at {found.Distance}, but none is nearer than {least}.");
        }

        foreach (var epsilon in Epsilons)
        {
            if ((row.IsCertified(epsilon) || row.IsExactlyRobust(epsilon)) && !row.IsRobust(epsilon))
                throw Wrong(number, $"certified within {epsilon}, but an attack broke it there.");
        }
    }

    private InvalidOperationException Wrong(int row, FormattableString text) =>
        new($"{Name}, row {row}: {text.ToString(CultureInfo.InvariantCulture)} Report it as a bug of this library.");
}

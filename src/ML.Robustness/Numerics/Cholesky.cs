namespace ML.Robustness.Numerics;

/// <summary>The Cholesky solver of symmetric positive definite systems, with the same result on every machine.</summary>
internal static class Cholesky
{
    /// <summary>Solves A·X = B in place.</summary>
    /// <param name="matrix">A, size × size; on return its lower factor.</param>
    /// <param name="columns">B, size × count; on return X.</param>
    /// <param name="size">The number of unknowns.</param>
    /// <returns>Whether A is positive definite; X is meaningless where it is not.</returns>
    internal static bool Solve(double[] matrix, double[] columns, int size)
    {
        for (var row = 0; row < size; row++)
        {
            var current = matrix.AsSpan(row * size, row + 1);
            for (var column = 0; column <= row; column++)
            {
                var rest = current[column] - Dot(current[..column], matrix.AsSpan(column * size, column));
                if (column < row)
                    current[column] = rest / matrix[column * size + column];
                else if (rest > 0)
                    current[column] = Math.Sqrt(rest);
                else
                    return false;
            }
        }
        var count = columns.Length / size;
        for (var row = 0; row < size; row++)
        {
            for (var before = 0; before < row; before++)
                Subtract(columns, row, before, matrix[row * size + before], count);
            Divide(columns.AsSpan(row * count, count), matrix[row * size + row]);
        }
        for (var row = size - 1; row >= 0; row--)
        {
            for (var after = row + 1; after < size; after++)
                Subtract(columns, row, after, matrix[after * size + row], count);
            Divide(columns.AsSpan(row * count, count), matrix[row * size + row]);
        }
        return true;
    }

    private static double Dot(ReadOnlySpan<double> one, ReadOnlySpan<double> other)
    {
        var sum = 0.0;
        for (var i = 0; i < one.Length; i++)
            sum += one[i] * other[i];
        return sum;
    }

    private static void Subtract(double[] columns, int row, int other, double factor, int count)
    {
        for (var i = 0; i < count; i++)
            columns[row * count + i] -= factor * columns[other * count + i];
    }

    private static void Divide(Span<double> values, double divisor)
    {
        foreach (ref var value in values)
            value /= divisor;
    }
}

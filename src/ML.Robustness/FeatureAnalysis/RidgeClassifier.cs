using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.FeatureAnalysis;

/// <summary>A ridge classifier: linear regression on one-hot labels with an L2 penalty, in closed form.</summary>
/// <remarks>(Σ + λs·I)·W = Cov(x, y), where s is the mean variance of a feature; the intercept is not penalised.</remarks>
internal sealed class RidgeClassifier
{
    private readonly double[] _weights, _bias;
    private readonly int _classes;

    private RidgeClassifier(double[] weights, double[] bias) => (_weights, _bias, _classes) = (weights, bias, bias.Length);

    /// <summary>Fits the classifier in one pass over the rows.</summary>
    /// <param name="batches">Features (N, F) and labels (N), which are disposed after use.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="penalty">λ, above zero.</param>
    internal static RidgeClassifier Fit(IEnumerable<(Tensor Features, Tensor Labels)> batches, int classes, double penalty)
    {
        using var scope = NewDisposeScope();
        Tensor? sums = null;
        var rows = 0L;
        foreach (var (features, labels) in batches)
        {
            using var step = NewDisposeScope();
            using (features)
            using (labels)
            {
                // One product holds all sums: of features, of labels, and of both times the features.
                var numbers = arange(Kept(0), Kept(classes), One, ScalarType.Int64, CPU).unsqueeze(0);
                var values = cat(
                    [features.to(ScalarType.Float64).cpu(), ones([features.shape[0], 1], ScalarType.Float64, CPU),
                        labels.cpu().unsqueeze(1).eq(numbers).to(ScalarType.Float64)], 1);
                var product = values.t().matmul(values);
                rows += features.shape[0];
                if (sums is null)
                    sums = product.MoveToOuterDisposeScope();
                else
                    sums.add_(product, One);
            }
        }
        return Solve(sums!.div_(Kept(rows)).data<double>().ToArray(), (int)sums!.shape[0] - 1 - classes, classes, penalty);
    }

    /// <summary>The predicted class of each row, (N) Int64; the caller disposes.</summary>
    internal Tensor Predict(Tensor features)
    {
        using var scope = NewDisposeScope();
        var weights = AlignedTensor.Of(_weights).view(-1, _classes);
        return features.to(ScalarType.Float64).cpu().matmul(weights).add_(tensor(_bias, device: CPU), One).argmax(1)
            .MoveToOuterDisposeScope();
    }

    private static RidgeClassifier Solve(double[] moments, int features, int classes, double penalty)
    {
        var side = features + 1 + classes;
        double Mean(int index) => moments[index * side + features];
        double Covariance(int one, int other) => moments[one * side + other] - Mean(one) * Mean(other);

        var (matrix, weights) = (new double[features * features], new double[features * classes]);
        var variance = Enumerable.Range(0, features).Sum(feature => Math.Max(0, Covariance(feature, feature))) / features;
        for (var one = 0; one < features; one++)
        {
            for (var other = 0; other < features; other++)
                matrix[one * features + other] = Covariance(one, other);
            matrix[one * features + one] += penalty * variance;
            for (var label = 0; label < classes; label++)
                weights[one * classes + label] = Covariance(one, features + 1 + label);
        }
        // Features that are all constant tell nothing: what is left is the most frequent label.
        if (!(variance > 0))
            weights = new double[weights.Length];
        else if (!Cholesky.Solve(matrix, weights, features))
            throw new InvalidOperationException("The features are too nearly dependent for the penalty: give a larger one.");
        var bias = new double[classes];
        for (var label = 0; label < classes; label++)
            bias[label] = Mean(features + 1 + label) - Enumerable.Range(0, features)
                .Sum(feature => weights[feature * classes + label] * Mean(feature));
        return new RidgeClassifier(weights, bias);
    }
}

using ML.Robustness.Numerics;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;

namespace ML.Robustness.FeatureVisualization;

/// <summary>
/// Images as sums of cosine waves, the slow ones of larger amplitude: x = A s with A = D^T diag(f^-decay), D the orthonormal
/// cosine transform.
/// </summary>
/// <remarks>
/// A step of gradient ascent in s moves x by A A^T g, which is all that a search in the input's own space needs to know of s. The
/// cosine transform takes lucid's Fourier transform's place: it is real, of any size, and has no seam where the image's ends
/// meet.
/// </remarks>
internal sealed class FrequencyBasis
{
    private readonly Tensor _down; // (H, H), rows are waves
    private readonly Tensor _across; // (W, W), rows are waves
    private readonly Tensor _amplitudes; // (H, W), the slowest one is 1

    /// <summary>Makes the waves of images; in the dispose scope that is open.</summary>
    public FrequencyBasis(Tensor images, double decay)
    {
        var shape = images.shape;
        if (shape.Length != 4)
            throw new ArgumentException(
                $"The frequencies are those of images (N, C, H, W), but the inputs are {TensorShape.Text(shape)}: leave "
                + $"FrequencyDecay out.", nameof(images));
        var (height, width) = ((int)shape[2], (int)shape[3]);
        _down = Waves(height, images);
        _across = Waves(width, images);
        var least = 1.0 / Math.Max(height, width);
        var amplitudes = new double[height * width];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var frequency = Math.Sqrt(Square(y / (2.0 * height)) + Square(x / (2.0 * width))); // waves a pixel
                amplitudes[y * width + x] = Math.Pow(least / Math.Max(frequency, least), decay);
            }
        }
        _amplitudes = tensor(amplitudes, device: CPU).view(height, width).to(images.dtype, images.device);
    }

    /// <summary>The image of amplitudes (N, C, H, W) relative to those of the basis: A s.</summary>
    public Tensor Synthesise(Tensor spectrum)
    {
        using var scope = NewDisposeScope();
        return _down.t().matmul(spectrum.mul(_amplitudes)).matmul(_across).MoveToOuterDisposeScope();
    }

    /// <summary>The relative amplitudes of an image: the inverse of <see cref="Synthesise"/>.</summary>
    public Tensor Analyse(Tensor images)
    {
        using var scope = NewDisposeScope();
        return _down.matmul(images).matmul(_across.t()).div_(_amplitudes).MoveToOuterDisposeScope();
    }

    /// <summary>What a step along the gradient to the amplitudes makes of the image: A A^T g.</summary>
    public Tensor Smooth(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        return Synthesise(_down.matmul(gradient).matmul(_across.t()).mul_(_amplitudes)).MoveToOuterDisposeScope();
    }

    /// <summary>The root of the mean square of the amplitudes: by how much white noise grows.</summary>
    public double Gain()
    {
        using var scope = NewDisposeScope();
        return Math.Sqrt(_amplitudes.to(ScalarType.Float64).pow(Kept(2)).mean().cpu().item<double>());
    }

    private static Tensor Waves(int size, Tensor like)
    {
        var waves = new double[size * size];
        for (var wave = 0; wave < size; wave++)
        {
            for (var place = 0; place < size; place++)
                waves[wave * size + place] = Math.Sqrt((wave == 0 ? 1.0 : 2.0) / size) * Math.Cos(
                    Math.PI * (place + 0.5) * wave / size);
        }
        return AlignedTensor.Of(waves).view(size, size).to(like.dtype, like.device);
    }

    private static double Square(double value) => value * value;
}

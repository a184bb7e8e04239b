using Microsoft.ML;
using Microsoft.ML.Runtime;
using ML.Robustness.Transforms.Imaging;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Corruptions;

/// <summary>Corrupts images with noise, blur, fog and the like, as Hendrycks and Dietterich do to test classifiers.</summary>
/// <remarks>
/// <see href="https://arxiv.org/abs/1903.12261"/>. The result is lazy and computed in batches, but a row's random numbers come
/// from the seed and the row's id alone: batch size, order and the columns asked for change nothing. A prediction engine's rows
/// all have the number 0: the same image is corrupted in the same way at any call. Images of bytes are bytes again, rounded to
/// the nearest.
/// </remarks>
public sealed partial class CorruptEstimator : IEstimator<CorruptTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly IHost _host;
    private readonly Options _options;
    private readonly string _inputColumnName;

    internal CorruptEstimator(IHostEnvironment environment, Options options)
    {
        _environment = environment;
        _host = environment.Register(CorruptTransformer.LoaderSignature);
        _options = options.Copy();
        _inputColumnName = options.InputColumnName ?? options.OutputColumnName;
        if (options.Corruption is null)
            throw new ArgumentException(
                "Options.Corruption is not set: give one of Corruption.All, for example new Fog().", nameof(options));
        if (!double.IsFinite(options.Range.Minimum) || !double.IsFinite(options.Range.Maximum)
            || options.Range.Minimum >= options.Range.Maximum)
            throw new ArgumentException(
                $"A corruption needs to know black and white, but Options.Range is {options.Range}. Give both ends, [0, 1] " +
                "for pixels.", nameof(options));
    }

    /// <summary>Checks the column and finds the shape of its images; no row is read.</summary>
    /// <param name="input">Rows of images.</param>
    /// <returns>The step.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or no image.</exception>
    public CorruptTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        FeatureColumn.Check(ColumnShapes.Of(input.Schema), _inputColumnName);
        var images = ImageColumn.Resolve(input.Schema, _inputColumnName, _options.InputShape, _options.Range);
        var corruption = new CorruptionParameters(_options.Corruption!, _options.Severity, _options.Range, images,
            _options.OutputColumnName, _options.Seed ?? Environments.SeedFor(_environment, _host));
        return new CorruptTransformer(_host, corruption, _options.BatchSize, _options.FirstRow);
    }

    /// <summary>Tells, before any data, the columns of transformed data.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    /// <returns>The same columns, and the corrupted images.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The column is missing or of another type than a vector of Single or Byte.
    /// </exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        FeatureColumn.Check(inputSchema, _inputColumnName);
        var images = ColumnShapes.Find(inputSchema, _inputColumnName)!.Value;
        return ColumnShapes.With(inputSchema,
            ColumnShapes.Vector(_options.OutputColumnName, images.ItemType, [.. images.Annotations]));
    }
}

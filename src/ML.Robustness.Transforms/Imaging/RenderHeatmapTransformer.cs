using Microsoft.ML;
using Microsoft.ML.Runtime;
using ML.Robustness.Data;
using ML.Robustness.Imaging;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Imaging;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Rows;

[assembly: LoadableClass("Draws attributions as heat maps.", typeof(RenderHeatmapTransformer), null,
    typeof(SignatureLoadModel), "Heat map renderer", RenderHeatmapTransformer.LoaderSignature)]

namespace ML.Robustness.Transforms.Imaging;

/// <summary>Adds a heat map of each row's attribution, as <see cref="RenderHeatmapEstimator"/> describes.</summary>
public sealed class RenderHeatmapTransformer : BatchedTransformer
{
    internal const string LoaderSignature = "RenderHeatmap";

    private static readonly ModelSection Section = new("RENDHEAT", LoaderSignature, 0x00010002);

    private readonly RenderHeatmapEstimator.Options _options;

    internal RenderHeatmapTransformer(
        IHost host, RenderHeatmapEstimator.Options options) : base(host, batchSize: 1) => _options = options;

    private protected override BatchedRowMapper Bind(DataViewSchema inputSchema) =>
        RenderHeatmapRowMapper.Bind(_options, inputSchema);

    private protected override void Save(ModelSaveContext context) => Section.Save(context, writer =>
    {
        writer.Write(_options.OutputColumnName);
        writer.Write(_options.AttributionColumnName);
        writer.Write(_options.ImageColumnName ?? "");
        writer.Write((byte)_options.Heatmap.ColorScale);
        writer.Write(_options.Heatmap.ClipPercentile);
        writer.Write(_options.Heatmap.Opacity);
        writer.Write(_options.Enlarge);
        var shape = _options.InputShape.GetValueOrDefault();
        writer.Write(shape.Channels);
        writer.Write(shape.Height);
        writer.Write(shape.Width);
        writer.Write(_options.Range.Minimum);
        writer.Write(_options.Range.Maximum);
        writer.Write((byte)_options.ColorOrder);
    });

    // ML.NET's loader finds this method by its name and parameters.
    private static RenderHeatmapTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        new(env.Register(LoaderSignature), Section.Load(ctx, Read));

    private static RenderHeatmapEstimator.Options Read(CheckedReader reader)
    {
        var options = new RenderHeatmapEstimator.Options
        {
            OutputColumnName = reader.ReadString(),
            AttributionColumnName = reader.ReadString(),
            ImageColumnName = reader.ReadString() is { Length: > 0 } image ? image : null,
            Heatmap = new Heatmap
            {
                ColorScale = reader.ReadEnum<ColorScale>(),
                ClipPercentile = reader.ReadDouble(),
                Opacity = reader.ReadDouble(),
            },
            Enlarge = reader.ReadInt32(),
        };
        var (channels, height, width) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        options.InputShape = (channels, height, width) == (0, 0, 0) ? null : new InputShape(channels, height, width);
        options.Range = new ValueRange(reader.ReadDouble(), reader.ReadDouble());
        options.ColorOrder = reader.ReadEnum<ColorOrder>();
        if (options.InputShape is { } size)
            RenderHeatmapRowMapper.TypeFor(size, options.Enlarge);
        return options;
    }
}

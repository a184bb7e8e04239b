using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.Sources;

/// <summary>The rows of a source of labelled images as a data view.</summary>
internal sealed class LabeledImageView(LabeledImageSource source, bool outputAsFloatArray)
    : SeekableView(SchemaOf(source, outputAsFloatArray))
{
    public override bool CanShuffle => Source.IsSeekable;

    internal LabeledImageSource Source { get; } = source;

    internal override int Rows => Source.Rows;

    internal override SeekableCursor CreateCursor(SeekableCursor.Plan plan) => new LabeledImageCursor(this, plan);

    private static DataViewSchema SchemaOf(LabeledImageSource source, bool outputAsFloatArray)
    {
        var builder = new DataViewSchema.Builder();
        var itemType = outputAsFloatArray ? NumberDataViewType.Single : NumberDataViewType.Byte;
        builder.AddColumn("Features", new VectorDataViewType(itemType, source.Channels, source.Height, source.Width));
        builder.AddColumn("Label", new KeyDataViewType(typeof(uint), source.Classes), source.KeyValues);
        return builder.ToSchema();
    }
}

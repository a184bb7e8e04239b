using ML.Robustness.Architectures;
using ML.Robustness.Persistence;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>The architecture of a classifier in a model file: a text, or the network's own file, and the layers around
/// it.</summary>
internal static class ArchitectureFormat
{
    private const byte ChannelsLast = 8, Normalization = 16, OutputForms = 7;

    /// <exception cref="NotSupportedException">The network came as a module.</exception>
    internal static void Write(BinaryWriter writer, ModelArchitecture architecture)
    {
        if (architecture.Source is GivenModule module)
            throw new NotSupportedException(module.WhyNotMade);
        var (file, adapter) = (architecture.Source as NetworkFile, architecture.Adapter);
        writer.Write(file?.Format ?? "");
        writer.Write((byte)((byte)adapter.Outputs | (adapter.IsChannelsLast ? ChannelsLast : 0)
            | (file is not null && adapter.Mean is not null ? Normalization : 0)));
        if (file is null)
        {
            // A text says itself how inputs are normalised.
            writer.Write((adapter with { Outputs = OutputForm.Logits, IsChannelsLast = false }).Text($"{architecture.Source}"));
            return;
        }
        writer.Write(file.Content.Length);
        writer.Write(file.Content);
        if (adapter.Mean is { } mean)
        {
            writer.Write(mean.Length);
            foreach (var value in mean.Concat(adapter.Deviation!))
                writer.Write(value);
        }
    }

    /// <exception cref="InvalidDataException">The content is damaged.</exception>
    /// <exception cref="FormatException">The text names no architecture.</exception>
    /// <exception cref="ArgumentException">The normalisation is none.</exception>
    internal static ModelArchitecture Read(CheckedReader reader)
    {
        var (format, flags) = (reader.ReadString(), reader.ReadByte());
        if ((flags & ~(OutputForms | ChannelsLast | (format.Length > 0 ? Normalization : 0))) != 0)
            throw new InvalidDataException($"the layers around its network are {flags}, which this version does not know");
        var architecture = format.Length == 0
            ? ModelArchitecture.Parse(reader.ReadString())
            : ModelArchitecture.Of(
                new NetworkFile(format, reader.ReadBytes(reader.ReadCount("bytes of a network's file", 1))), NetworkAdapter.None);
        if ((flags & Normalization) != 0)
        {
            var channels = reader.ReadCount("channels of the normalisation", 2 * sizeof(float));
            architecture = architecture.WithNormalization(reader.ReadSingles(channels), reader.ReadSingles(channels));
        }
        return ModelArchitecture.Of(architecture.Source, architecture.Adapter with
        {
            IsChannelsLast = (flags & ChannelsLast) != 0,
            Outputs = (OutputForm)(flags & OutputForms),
        });
    }
}

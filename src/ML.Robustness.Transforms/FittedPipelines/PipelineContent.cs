using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.ML;
using ML.Robustness.Architectures;
using ML.Robustness.Models;
using ML.Robustness.Persistence;
using ML.Robustness.Transforms.Classifiers;
using ML.Robustness.Transforms.DifferentiableChains;
using ML.Robustness.Transforms.EvaluatedModels;
using ML.Robustness.Transforms.RawFeatures;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Transforms.FittedPipelines;

/// <summary>What a model file keeps of a fitted pipeline that is a classifier's network: the pipeline's own file.</summary>
/// <param name="Columns">The raw columns that the network reads, one after the other.</param>
/// <param name="Candidate">Which of the functions known for the pipeline's last step makes its scores; −1 where none has
/// gradients.</param>
/// <param name="Model">The pipeline, as <c>ml.Model.Save</c> writes it.</param>
internal sealed record PipelineContent(IReadOnlyList<string> Columns, int Candidate, byte[] Model)
{
    /// <summary>The name of the format.</summary>
    internal const string Format = "Pipeline";

    private const int NoCandidate = -1, MostCandidates = 16, MostColumns = 1 << 20;

    private static readonly MLContext Context = new();

    /// <summary>Model files that hold a pipeline are read here.</summary>
#pragma warning disable CA2255 // Loading a model file is the first that this library hears of a pipeline in it.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register() => NetworkFile.Register(Format, static content => Read(content).Make());

    /// <summary>The content of a pipeline.</summary>
    internal static PipelineContent Of(
        ITransformer model, DataViewSchema schema, IReadOnlyList<string> columns, int? candidate)
    {
        using var saved = new MemoryStream();
        Context.Model.Save(model, schema, saved);
        return new PipelineContent(columns, candidate ?? NoCandidate, saved.ToArray());
    }

    internal byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(Columns.Count);
        foreach (var column in Columns)
            writer.Write(column);
        writer.Write(Candidate);
        // ML.NET's reader believes what it reads: nothing that is not what was written is given to it.
        writer.Write(SHA256.HashData(Model));
        writer.Write(Model.Length);
        writer.Write(Model);
        return bytes.ToArray();
    }

    /// <exception cref="InvalidDataException">The content is damaged.</exception>
    internal static PipelineContent Read(byte[] content)
    {
        using var stream = new MemoryStream(content);
        return CheckedReader.Read(stream, content.Length,
            reason => new InvalidDataException($"its pipeline is damaged: {reason}"),
            reader =>
            {
                var columns = new string[reader.ReadCount("columns of a pipeline", 1, MostColumns)];
                for (var place = 0; place < columns.Length; place++)
                    columns[place] = reader.ReadString();
                var candidate = reader.ReadInt32("the form of the scores", NoCandidate, MostCandidates);
                var digest = reader.ReadBytes(SHA256.HashSizeInBytes);
                var model = reader.ReadBytes(reader.ReadCount("bytes of a pipeline", 1));
                return digest.AsSpan().SequenceEqual(SHA256.HashData(model))
                    ? new PipelineContent(columns, candidate, model)
                    : throw new InvalidDataException("its bytes are not those that were saved");
            });
    }

    /// <summary>Makes the network. The caller disposes.</summary>
    /// <exception cref="InvalidDataException">The pipeline cannot be read, or is another.</exception>
    private Module<Tensor, Tensor> Make()
    {
        try
        {
            using var saved = new MemoryStream(Model);
            var model = Context.Model.Load(saved, out var schema);
            var raw = RawColumns.Of(schema, Columns, null);
            var scores = ModelScores.Of(model, model.GetOutputSchema(schema))
                ?? throw new InvalidDataException("its pipeline makes no scores");
            if (Candidate == NoCandidate)
                return new ScoringNetwork(model, raw, scores);
            var network = ChainReader.Read(model, raw, scores, out var reason)
                ?? throw new InvalidDataException($"its pipeline has no gradients: {reason}");
            if (Candidate >= network.Candidates)
            {
                network.Dispose();
                throw new InvalidDataException($"its pipeline's scores have no form {Candidate}");
            }
            network.Choose(Candidate, CPU);
            return network;
        }
        catch (Exception error) when (error is not (InvalidDataException or OutOfMemoryException))
        {
            throw new InvalidDataException($"its pipeline cannot be read: {error.Message}", error);
        }
    }
}

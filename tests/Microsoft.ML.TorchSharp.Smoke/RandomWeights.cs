using Microsoft.ML;
using Microsoft.ML.Tokenizers;
using Microsoft.ML.TorchSharp;
using Microsoft.ML.TorchSharp.NasBert.Models;

namespace ML.Robustness.Smoke;

/// <summary>A temporary folder where ML.NET finds random weights of NAS-BERT, so that it downloads none.</summary>
public sealed class RandomWeights : IDisposable
{
    private const string Address = "MICROSOFTML_RESOURCE_URL", SearchFolder = "MICROSOFTML_RESOURCE_PATH";

    private readonly TemporaryFolder _folder = new();
    private readonly string? _address = Environment.GetEnvironmentVariable(Address);
    private readonly string? _searchFolder = Environment.GetEnvironmentVariable(SearchFolder);

    public RandomWeights()
    {
        // Networks this small gain nothing from a second thread, and on a busy machine the two wait for each other.
        TorchSharp.torch.set_num_threads(1);
        // ML.NET refuses every address but aka.ms before it connects: a file that it misses is an error, not a download.
        Environment.SetEnvironmentVariable(Address, "https://localhost/");
        Environment.SetEnvironmentVariable(SearchFolder, $"{_folder}");
        using var encoder = Encoder();
        encoder.save(Path.Combine(Directory.CreateDirectory(_folder.PathOf("mlnet")).FullName, "NasBert2000000.tsm"));
    }

    /// <summary>Makes a context that keeps its files in the folder.</summary>
    public MLContext Context() => new(seed: 1) { TempFilePath = $"{_folder}" };

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Address, _address);
        Environment.SetEnvironmentVariable(SearchFolder, _searchFolder);
        _folder.Dispose();
    }

    /// <summary>Makes the encoder as NasBertTrainer makes it; the numbers are those of its internal options.</summary>
    private static NasBertEncoder Encoder()
    {
        var resources = typeof(TorchSharpCatalog).Assembly;
        using var vocabulary = resources.GetManifestResourceStream("encoder.json")!;
        using var merges = resources.GetManifestResourceStream("vocab.bpe")!;
        using var ranks = resources.GetManifestResourceStream("dict.txt")!;
        var tokenizer = EnglishRobertaTokenizer.Create(vocabulary, merges, ranks, RobertaPreTokenizer.Instance);
        tokenizer.AddMaskSymbol();
        return new NasBertEncoder(
            tokenizer.PadIndex, tokenizer.SymbolsCount, activationFn: "gelu", maxSeqLen: 512, embedSize: 64,
            arches: [9, 11, 7, 0, 0, 0, 11, 11, 7, 0, 0, 0, 9, 7, 11, 0, 0, 0, 10, 7, 9, 0, 0, 0],
            numSegments: 0, encoderNormalizeBefore: true, numEncoderLayers: 24, applyBertInit: true);
    }
}

using System.IO.Compression;
using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using ML.Robustness.Architectures;
using ML.Robustness.Transforms.Internals;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>A step of ML.NET's <c>ApplyOnnxModel</c> in a chain, whose graph is read as a classifier with gradients.</summary>
/// <remarks>
/// The package ML.Robustness.Onnx reads the graph. The classifier is kept as long as the step, on the CPU, and its scores are the
/// probabilities of the step's.
/// </remarks>
internal static class OnnxStep
{
    private const string TypeName = "Microsoft.ML.Transforms.Onnx.OnnxTransformer", Entry = "OnnxModel";

    private static readonly MLContext Context = new();
    private static readonly ConditionalWeakTable<ITransformer, Reading> Read = [];
    private static volatile Func<MLContext, byte[], string, NeuralClassifierTransformer>? _reader;

    /// <summary>Registers what makes a classifier of a graph's bytes and the name of its output.</summary>
    internal static void Register(Func<MLContext, byte[], string, NeuralClassifierTransformer> reader) => _reader = reader;

    /// <summary>The classifier that a step's scores come from; null where the step is another, or its graph cannot be
    /// read.</summary>
    /// <param name="step">A step of a chain.</param>
    /// <param name="after">The steps that follow.</param>
    /// <param name="reason">Why an ONNX graph that makes the scores cannot be read; null where it can be, or there is
    /// none.</param>
    internal static NeuralClassifierTransformer? ClassifierOf(ITransformer step, ReadOnlySpan<ITransformer> after,
        out string? reason)
    {
        reason = null;
        if (step.GetType().FullName != TypeName)
            return null;
        var output = ScoreOf(after);
        var reading = Read.GetValue(step, static step => new Reading(step)).Of(output);
        reason = reading.Reason;
        return reading.Classifier;
    }

    /// <summary>The network behind a column that a step of ONNX makes, as a classifier with so many outputs; null where the step
    /// is another, or its graph cannot be read.</summary>
    internal static NeuralClassifierTransformer? NetworkOf(ITransformer step, string output) =>
        step.GetType().FullName == TypeName
            ? Read.GetValue(step, static step => new Reading(step)).Of(output).Classifier : null;

    /// <summary>The column that leaves a chain as the scores.</summary>
    private static string ScoreOf(ReadOnlySpan<ITransformer> after)
    {
        var name = ClassifierColumns.Score;
        for (var i = after.Length - 1; i >= 0; i--)
        {
            if (after[i] is ColumnCopyingTransformer copies)
                name = StepColumns.Of(copies).Where(pair => pair.Output == name).Select(pair => pair.Input).LastOrDefault(name);
        }
        return name;
    }

    private static byte[] GraphOf(ITransformer step)
    {
        using var saved = new MemoryStream();
        Context.Model.Save(step, null, saved);
        using var archive = new ZipArchive(saved);
        using var entry = archive.Entries.First(entry => entry.Name == Entry).Open();
        using var content = new MemoryStream();
        entry.CopyTo(content);
        // The length comes first.
        return content.GetBuffer()[sizeof(int)..(int)content.Length];
    }

    /// <summary>What came of a step's graph, by the output that is asked for.</summary>
    private sealed class Reading(ITransformer step)
    {
        private readonly Dictionary<string, (NeuralClassifierTransformer?, string?)> _classifiers = new(StringComparer.Ordinal);

        internal (NeuralClassifierTransformer? Classifier, string? Reason) Of(string output)
        {
            lock (_classifiers)
            {
                if (!_classifiers.TryGetValue(output, out var found))
                    _classifiers[output] = found = Make(output);
                return found;
            }
        }

        private (NeuralClassifierTransformer?, string?) Make(string output)
        {
            try
            {
                if (_reader is null)
                    OptionalPackage.Load(OptionalPackage.Onnx, "an ONNX graph");
                return (_reader!(Context, GraphOf(step), output), null);
            }
            catch (Exception error) when (error is InvalidDataException or NotSupportedException or ArgumentException
                or InvalidOperationException)
            {
                return (null, error.Message);
            }
        }
    }
}

using Microsoft.ML;
using ML.Robustness.Transforms.Classifiers;

namespace ML.Robustness.Testing;

/// <summary>Threads that use one classifier in every way while another disposes it.</summary>
internal static class DisposalStress
{
    private const int LongestMilliseconds = 40;

    /// <summary>Lets threads work until they are told that the model was disposed, which happens at a random moment.</summary>
    /// <param name="rounds">How often a classifier is loaded, used and disposed.</param>
    /// <param name="threads">The threads, which share the kinds of work.</param>
    /// <param name="seed">Chooses the moments.</param>
    /// <param name="until">Ends the rounds early.</param>
    /// <returns>The number of finished calls, and what went wrong; nothing where all is well.</returns>
    internal static (int Calls, IReadOnlyList<string> Faults) Run(int rounds, int threads, int seed, DateTime? until = null)
    {
        var random = new Random(seed);
        var uses = new ClassifierUses();
        var kinds = uses.All.ToArray();
        using var saved = new MemoryStream();
        using (var trained = uses.Train())
            uses.Ml.Model.Save(trained, uses.Data.Schema, saved);
        var (calls, faults) = (0, new List<string>());
        foreach (var (name, use) in kinds)
        {
            using var classifier = Load(uses, saved);
            use(classifier);
        }
        for (var round = 0; round < rounds && (until is null || DateTime.UtcNow < until); round++)
        {
            using var classifier = Load(uses, saved);
            var weights = classifier.Network.parameters().ToArray();
            using var start = new Barrier(threads + 1);
            var workers = Enumerable.Range(0, threads).Select(number =>
            {
                var (name, use) = kinds[(number + round) % kinds.Length];
                var worker = new Thread(() =>
                {
                    start.SignalAndWait();
                    if (Work(classifier, use, ref calls) is { } fault)
                    {
                        lock (faults)
                            faults.Add($"round {round}, {name}: {fault}");
                    }
                });
                worker.Start();
                return worker;
            }).ToArray();
            start.SignalAndWait();
            Thread.Sleep(random.Next(LongestMilliseconds));
            classifier.Dispose();
            foreach (var worker in workers)
                worker.Join();
            if (!Array.TrueForAll(weights, weight => weight.IsInvalid))
                faults.Add($"round {round}: the weights are not freed though their last user has left");
        }
        return (calls, faults);
    }

    private static NeuralClassifierTransformer Load(ClassifierUses uses, MemoryStream saved)
    {
        saved.Position = 0;
        var loaded = uses.Ml.Model.Load(saved, out _);
        return loaded as NeuralClassifierTransformer
            ?? (NeuralClassifierTransformer)((IEnumerable<ITransformer>)loaded).Last();
    }

    private static string? Work(NeuralClassifierTransformer classifier, Action<NeuralClassifierTransformer> use, ref int calls)
    {
        try
        {
            for (; ; Interlocked.Increment(ref calls))
                use(classifier);
        }
        catch (Exception error)
        {
            for (var inner = error; inner is not null; inner = inner.InnerException)
            {
                if (inner is ObjectDisposedException
                    && inner.Message.StartsWith("The model was disposed", StringComparison.Ordinal))
                    return null;
            }
            return $"{error.GetType().Name}: {error.Message}\n{error.StackTrace}";
        }
    }
}

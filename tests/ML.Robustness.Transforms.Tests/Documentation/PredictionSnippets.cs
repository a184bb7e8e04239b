using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;
using ML.Robustness.Transforms.Tests.Testing;

namespace ML.Robustness.Transforms.Tests.Documentation;

/// <summary>The ways to make prediction engines of troubleshooting.md, run on small data.</summary>
public sealed class PredictionSnippets
{
    private static readonly Flower[] Flowers = [.. TwoDimensionalClasses.Make(rows: 9)
        .Select(point => new Flower { Features = point.Features })];

    private readonly MLContext _ml = new(seed: 1);

    private sealed class Flower
    {
        [VectorType(TwoDimensionalClasses.Dimensions)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Answer
    {
        public uint PredictedLabel { get; set; }
    }

    [Fact]
    public void AnEngineForEachRequest_LeavesTheModel()
    {
        var (ml, model) = (_ml, TwoDimensionalClasses.Fitted(_ml));
        #region engine-per-request
        Answer Predict(Flower flower)
        {
            using var engine = ml.Model.CreatePredictionEngine<Flower, Answer>(
                model, new PredictionEngineOptions { OwnsTransformer = false });
            return engine.Predict(flower);
        }
        #endregion
        Serve(Predict, model);
    }

    [Fact]
    public void APoolOfEngines_ServesManyThreads()
    {
        var (ml, model) = (_ml, TwoDimensionalClasses.Fitted(_ml));
        #region engine-pool
        var pool = new ConcurrentBag<PredictionEngine<Flower, Answer>>();
        Answer Predict(Flower flower)
        {
            if (!pool.TryTake(out var engine))
                engine = ml.Model.CreatePredictionEngine<Flower, Answer>(model, new PredictionEngineOptions { OwnsTransformer = false });
            try
            {
                return engine.Predict(flower);
            }
            finally
            {
                pool.Add(engine);
            }
        }
        #endregion
        Serve(Predict, model);
        Assert.InRange(pool.Count, 1, 4);
    }

    [Fact]
    public void OneEngine_EndsWithItsModel()
    {
        var (ml, model, flowers) = (_ml, TwoDimensionalClasses.Fitted(_ml), Flowers);
        #region one-engine
        using (var engine = ml.Model.CreatePredictionEngine<Flower, Answer>(model))
        {
            foreach (var flower in flowers)
                Console.WriteLine(engine.Predict(flower).PredictedLabel);
        }
        #endregion
        Assert.Throws<ObjectDisposedException>(() => ml.Model.CreatePredictionEngine<Flower, Answer>(model));
    }

    private void Serve(Func<Flower, Answer> predict, ITransformer model)
    {
        var expected = model.Transform(_ml.Data.LoadFromEnumerable(Flowers)).GetColumn<uint>("PredictedLabel").ToArray();
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 4 },
            i => Assert.Equal(expected[i % Flowers.Length], predict(Flowers[i % Flowers.Length]).PredictedLabel));
        Assert.Equal(expected,
            model.Transform(_ml.Data.LoadFromEnumerable(Flowers)).GetColumn<uint>("PredictedLabel").ToArray());
        ((IDisposable)model).Dispose();
    }
}

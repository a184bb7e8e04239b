using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>Chains of fitted steps, put together by hand.</summary>
internal static class FittedChains
{
    /// <summary>Each chain alone and within others, in memory and loaded.</summary>
    internal static TheoryData<string, bool, bool> Cases(params string[] chains)
    {
        var data = new TheoryData<string, bool, bool>();
        foreach (var chain in chains)
        {
            foreach (var isNested in new[] { false, true })
            {
                data.Add(chain, isNested, false);
                data.Add(chain, isNested, true);
            }
        }
        return data;
    }

    internal static TransformerChain<ITransformer> Of(params (ITransformer Step, TransformerScope Scope)[] steps) =>
        new(steps.Select(step => step.Step), steps.Select(step => step.Scope));

    internal static TransformerChain<ITransformer> Of(params ITransformer[] steps) => new(steps);

    /// <summary>A step that trains only, before a classifier.</summary>
    internal static TransformerChain<ITransformer> Before(ITransformer step, ITransformer classifier) =>
        Of((step, TransformerScope.TrainTest), (classifier, TransformerScope.Everything));

    /// <summary>The model in a chain within a chain, behind a step of its own.</summary>
    internal static TransformerChain<ITransformer> Nested(MLContext ml, IDataView data, ITransformer model) =>
        Of(ml.Transforms.CopyColumns("Again", "Features").Fit(data), Of(model));

    /// <summary>The model as a file gives it back.</summary>
    internal static ITransformer Loaded(MLContext ml, ITransformer model, DataViewSchema schema)
    {
        using var file = new MemoryStream();
        ml.Model.Save(model, schema, file);
        file.Position = 0;
        return ml.Model.Load(file, out _);
    }
}

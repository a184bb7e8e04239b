using Microsoft.ML.Data;
using ML.Robustness.Transforms.Internals;
using ML.Robustness.Transforms.Onnx;
using ML.Robustness.Transforms.Schema;

namespace ML.Robustness.Transforms.Classifiers;

/// <summary>A classifier as nodes of an ONNX graph: from its features to <c>Score</c> and <c>PredictedLabel</c>.</summary>
internal static class ClassifierGraph
{
    private static readonly long[] Classes = [1];

    /// <exception cref="InvalidOperationException">The features do not reach the classifier, or its network is one of the user's
    /// own.</exception>
    internal static void Add(OnnxGraph graph, NeuralClassifierTransformer classifier)
    {
        var features = classifier.Features;
        if (!graph.HasColumn(features.Name))
            throw new InvalidOperationException(
                $"Feature column '{features.Name}' does not reach the classifier: a step before it cannot be exported to ONNX "
                    + "(a warning in the log names it). Run the steps before the classifier in ML.NET, give ConvertToOnnx the "
                    + "classifier alone, and ml.Data.Cache of their rows as its input data.");
        var rows = Rows(graph, features);
        var flat = Reshape(graph, rows, features.Shape.Length);
        rows = features.Shape.IsImage ? Reshape(graph, flat, features.Shape.Batch(1)[1..]) : flat;
        var logits = NetworkGraph.Add(graph, classifier.Network, classifier.Architecture, features.Shape, rows);

        var score = graph.NewColumn(
            ClassifierColumns.Score, new VectorDataViewType(NumberDataViewType.Single, classifier.Classes));
        var probabilities = graph.Add("Softmax", [logits], ("axis", 1L));
        // Zero, but NaN where a feature is no finite number: rectifiers of ONNX runtimes may turn NaN into 0.
        graph.AddTo(score, "Add", [probabilities, RowSum(graph, graph.Add("Mul", [flat, graph.Constant([0f], 1)]))]);
        AddPredictedLabel(graph, score, classifier.Classes);
    }

    /// <summary>The number of the first of the largest scores, from 1 on; 0, the missing key, where there are none.</summary>
    private static void AddPredictedLabel(OnnxGraph graph, string score, int classes)
    {
        var best = graph.Add("ArgMax", [score], ("axis", 1L), ("keepdims", 1L));
        var key = graph.Add("Add", [best, graph.Constant(1L)]);
        var isScored = graph.Add("Not", [graph.Add("IsNaN", [RowSum(graph, score)])]);
        key = graph.Add("Mul", [key, graph.Add("Cast", [isScored], ("to", typeof(long)))]);
        var label = graph.NewColumn(ClassifierColumns.PredictedLabel, new KeyDataViewType(typeof(uint), classes));
        graph.AddTo(label, "Cast", [key], ("to", typeof(uint)));
    }

    /// <summary>The features as numbers; bytes as the network takes them, in [0, 1].</summary>
    private static string Rows(OnnxGraph graph, FeatureColumn features)
    {
        var rows = graph.Column(features.Name);
        return features.IsBytes
            ? graph.Add("Div", [graph.Add("Cast", [rows], ("to", typeof(float))), graph.Constant([255f], 1)])
            : rows;
    }

    private static string Reshape(OnnxGraph graph, string rows, params long[] sizes) =>
        graph.Add("Reshape", [rows, graph.Constant([-1, .. sizes])]);

    private static string RowSum(OnnxGraph graph, string rows) =>
        graph.Add("ReduceSum", [rows], ("axes", Classes), ("keepdims", 1L));
}

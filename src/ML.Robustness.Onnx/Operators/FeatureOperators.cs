using ML.Robustness.Onnx.Nodes;
using static ML.Robustness.Numerics.KeptScalar;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Onnx.Operators;

/// <summary>Steps on features, as ML.NET's own export writes them (ai.onnx.ml).</summary>
internal static class FeatureOperators
{
    internal static readonly OperatorDefinition[] All =
    [
        OperatorDefinition.Of($"{OperatorTable.MachineLearning}.Scaler", 1, node =>
        {
            var (offset, scale) = (node.Numbers("offset") ?? [0], node.Numbers("scale") ?? [1]);
            return x => x[0].sub(Row(offset, x[0])).mul(Row(scale, x[0]));
        }),
        OperatorDefinition.Of($"{OperatorTable.MachineLearning}.Normalizer", 1, node =>
        {
            var norm = node.Text("norm", "MAX");
            return x => norm switch
            {
                "MAX" => Divide(x[0], x[0].amax([-1L], true)),
                "L1" => Divide(x[0], x[0].abs().sum(-1, true)),
                "L2" => Divide(x[0], linalg.norm(x[0], 2.0, [-1L], true)),
                _ => throw node.Damaged($"has the norm '{norm}'"),
            };
        }),
        OperatorDefinition.Of($"{OperatorTable.MachineLearning}.Imputer", 1, node =>
        {
            var values = node.Required(node.Numbers("imputed_value_floats"), "imputed_value_floats");
            var missing = node.Number("replaced_value_float", 0);
            return x => x[0].where(double.IsNaN(missing) ? x[0].isnan().logical_not() : x[0].ne(Kept(missing)),
                Row(values, x[0]));
        }),
        OperatorDefinition.Of($"{OperatorTable.MachineLearning}.FeatureVectorizer", 1, node =>
        {
            node.Ignore("inputdimensions");
            return x => cat([.. x.Select(value => value.flatten(1))], 1);
        }),
        OperatorDefinition.Of($"{OperatorTable.MachineLearning}.ArrayFeatureExtractor", 2, node => x =>
        {
            var (length, places) = (x[0].shape[^1], Values.Integers(x[1]));
            return places.All(place => place >= 0 && place < length)
                ? x[0].index_select(-1, Values.On(Values.OfIntegers(places), x[0]))
                : throw node.Damaged($"asks for places that {length} values do not have");
        }),
        OperatorDefinition.Of($"{OperatorTable.MachineLearning}.LabelEncoder", 1, Labels),
        OperatorDefinition.Of($"{OperatorTable.MachineLearning}.Binarizer", 1, node =>
        {
            var threshold = node.Number("threshold", 0);
            return x => x[0].gt(Kept(threshold)).to(x[0].dtype);
        }),
    ];

    private static Tensor Row(float[] values, Tensor x) =>
        tensor(values, dtype: ScalarType.Float32, device: CPU).to(x.dtype).to(x.device);

    // Rows of zeros stay zeros.
    private static Tensor Divide(Tensor x, Tensor norm) => x.div(norm.where(norm.ne(Kept(0)), ones_like(norm)));

    private static Func<Tensor[], Tensor> Labels(NodeReader node)
    {
        foreach (var texts in new[] { "keys_strings", "values_strings", "classes_strings" })
        {
            if (node.Has(texts))
                throw node.Unsupported("texts");
        }
        float[] Given(string kind) =>
            node.Numbers($"{kind}_floats") ?? node.Integers($"{kind}_int64s")?.Select(key => (float)key).ToArray()
            ?? throw node.Unsupported($"no {kind} that are numbers");
        var (keys, values) = (Given("keys"), Given("values"));
        var isInteger = node.Has("values_int64s");
        var other = isInteger ? node.Integer("default_int64", -1) : node.Number("default_float", 0);
        if (keys.Length != values.Length)
            throw node.Damaged($"has {keys.Length} keys and {values.Length} values");
        return x =>
        {
            var found = full_like(x[0], Kept(other), ScalarType.Float32);
            for (var i = 0; i < keys.Length; i++)
                found = found.masked_fill(x[0].eq(Kept(keys[i])), Kept(values[i]));
            return isInteger ? found.to(ScalarType.Int64) : found;
        };
    }
}

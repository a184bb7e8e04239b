namespace GoldenTests.Worlds;

public static partial class NormalizeWorld
{
    private const float nan = float.NaN;

    private static MLContext ml => F.Ml;

    private static TransformsCatalog N => ml.Transforms;

    private static IDataView S(params float[] values) => ml.Data.LoadFromEnumerable(values.Select(value => new FX { X = value }).ToArray());

    private static IDataView D(params double[] values) => ml.Data.LoadFromEnumerable(values.Select(value => new DX { X = value }).ToArray());

    private static IDataView V(params float[][] values) => ml.Data.LoadFromEnumerable(values.Select(value => new VX { X = value }).ToArray());

    private static IDataView Two() => ml.Data.LoadFromEnumerable(new[] { new XX { X = 1, X2 = 2 }, new XX { X = 3, X2 = 4 } });

    private static object Both<T>(IEstimator<T> estimator, IDataView train, IDataView score = null) where T : class, ITransformer
    {
        var model = estimator.Fit(train);
        var view = model.Transform(train);
        var fact = new O { { "columns", Fx.Schema(view.Schema) }, { "train", Fx.Rows(view) } };
        if (score != null)
            fact.Add("scored", Fx.Rows(model.Transform(score)));
        if (model is NormalizingTransformer normalizer)
            fact.Add("modelParameters", new List<object> { Parameters(normalizer.GetNormalizerModelParameters(0)) });
        return fact;
    }

    private static object Parameters(object parameters)
    {
        var type = parameters.GetType();
        var values = new O();
        foreach (var property in type.GetProperties())
            values.Add(property.Name, property.GetValue(parameters));
        return new O { { "type", $"{type.Name}<{type.GetGenericArguments()[0].Name}>" }, { "values", values } };
    }

    public class XX
    {
        public float X { get; set; }

        public float X2 { get; set; }
    }
}

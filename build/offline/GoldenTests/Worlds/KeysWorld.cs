namespace GoldenTests.Worlds;

public static partial class KeysWorld
{
    private const ValueToKeyMappingEstimator.KeyOrdinality V = ValueToKeyMappingEstimator.KeyOrdinality.ByValue;

    private static MLContext ml => F.Ml;

    private static TransformsCatalog.ConversionTransforms C => ml.Transforms.Conversion;

    private static IDataView T(params string[] values) => ml.Data.LoadFromEnumerable(values.Select(value => new TX { X = value }).ToArray());

    private static IDataView S(params float[] values) => ml.Data.LoadFromEnumerable(values.Select(value => new FX { X = value }).ToArray());

    private static IDataView D(params double[] values) => ml.Data.LoadFromEnumerable(values.Select(value => new DX { X = value }).ToArray());

    private static IDataView I(params int[] values) => ml.Data.LoadFromEnumerable(values.Select(value => new IX { X = value }).ToArray());

    private static IDataView U(params uint[] values) => ml.Data.LoadFromEnumerable(values.Select(value => new UX { X = value }).ToArray());

    private static IDataView B(params bool[] values) => ml.Data.LoadFromEnumerable(values.Select(value => new BX { X = value }).ToArray());

    private static object Both<T>(IEstimator<T> estimator, IDataView train, IDataView score) where T : class, ITransformer
    {
        var model = estimator.Fit(train);
        return new O { { "train", Fx.View(model.Transform(train)) }, { "scored", Fx.View(model.Transform(score)) } };
    }
}

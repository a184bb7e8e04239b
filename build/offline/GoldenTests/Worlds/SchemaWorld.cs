namespace GoldenTests.Worlds;

public static partial class SchemaWorld
{
    private static MLContext ml => F.Ml;

    private static TransformsCatalog X => ml.Transforms;

    private static TransformsCatalog.ConversionTransforms Cn => ml.Transforms.Conversion;

    private static MulticlassClassificationCatalog.MulticlassClassificationTrainers cat => ml.MulticlassClassification.Trainers;

    private static IDataView data => ml.Data.LoadFromEnumerable(Enumerable.Range(0, 30).Select(i => new In
    {
        Kind = "xyz"[i % 3].ToString(),
        Features = new float[] { i, i % 5 },
        A = i,
        B = i % 4,
        FLabel = i % 3,
        KLabel = (uint)(i % 3),
        VarV = new float[] { i },
        D = i,
        I = i,
    }).ToArray());

    private static SchemaShape inp => Fx.ShapeOf(data);

    private static ValueToKeyMappingEstimator map => Cn.MapValueToKey("Label", "Kind");

    private static O Ty(DataViewType type) => new() { { "toString", type.ToString() }, { "rawType", Friendly(type.RawType) } };

    private static string Friendly(Type type) =>
        type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Friendly))}>" : type.Name;

    private static object Out<T>(IEstimator<T> estimator, params string[] names) where T : class, ITransformer =>
        estimator.Fit(data).Transform(data).Schema.Where(column => names.Contains(column.Name)).Select(Fx.Col).ToList();

    private static object Ti(TrainerInfo info) => new O { { "NeedNormalization", info.NeedNormalization }, { "WantCaching", info.WantCaching } };

    private static object Sh<T>(IEstimator<T> estimator) where T : class, ITransformer
    {
        var before = Fx.ShapeCols(inp).Select(J.Write).ToHashSet();
        var shape = estimator.GetOutputSchema(inp);
        return new O
        {
            { "columnCount", shape.Count }, { "order", shape.Select(column => column.Name).ToList() },
            { "addedOrChanged", Fx.ShapeCols(shape).Where(column => !before.Contains(J.Write(column))).ToList() },
        };
    }

    private static SchemaShape.Column ImgShape(MLContext context) => Fx.ShapeOf(context.Data.LoadFromEnumerable(new ImgRow[0]))[0];

    public static object Run(string title, JsonElement fact) => title switch
    {
        "DataViewType.ToString()" => Types(),
        "VBuffer values null, length 2" => new VBuffer<float>(2, null).Length,
        "VBuffer values shorter than length" => new VBuffer<float>(3, new float[2]).Length,
        "VBuffer count > length" => new VBuffer<float>(2, 3, new float[3], new[] { 0, 1, 2 }).Length,
        "VBuffer sparse without indices" => new VBuffer<float>(3, 1, new float[1], null).Length,
        "VBuffer length -1" => new VBuffer<float>(-1, new float[1]).Length,
        "VBuffer GetItemOrDefault out of range" => new VBuffer<float>(2, new float[2]).GetItemOrDefault(2),
        _ => throw new NotSupportedException("no runner"),
    };

    private static O Types()
    {
        var types = new O();
        foreach (DataViewType type in new DataViewType[]
        {
            NumberDataViewType.SByte, NumberDataViewType.Byte, NumberDataViewType.Int16, NumberDataViewType.UInt16, NumberDataViewType.Int32,
            NumberDataViewType.UInt32, NumberDataViewType.Int64, NumberDataViewType.UInt64, NumberDataViewType.Single, NumberDataViewType.Double,
            BooleanDataViewType.Instance, TextDataViewType.Instance, DateTimeDataViewType.Instance, DateTimeOffsetDataViewType.Instance,
            TimeSpanDataViewType.Instance, RowIdDataViewType.Instance,
        })
            types.Add($"{type.GetType().Name} {type.RawType.Name}", Ty(type));
        return types;
    }
}

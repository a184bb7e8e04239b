namespace GoldenTests.Worlds;

public static partial class ErrorsWorld
{
    private static MLContext ml => F.Ml;

    private static TransformsCatalog X => ml.Transforms;

    private static MulticlassClassificationCatalog MC => ml.MulticlassClassification;

    private static SchemaShape sh => Fx.ShapeOf(R());

    private static NormalizingTransformer norm => X.NormalizeMinMax("Y", "A").Fit(L(new Ra { A = 1 }, new Ra { A = 11 }));

    private static string good
    {
        get
        {
            ml.Model.Save(norm, L(new Ra()).Schema, P("good.zip"));
            return P("good.zip");
        }
    }

    private static IDataView L<T>(params T[] rows) where T : class => ml.Data.LoadFromEnumerable(rows);

    private static IDataView R() => L(new R
    {
        T = "t",
        A = 1,
        B = 2,
        I = 3,
        V2 = new float[] { 4, 5 },
        V3 = new float[] { 6, 7, 8 },
        VV = new float[] { 9 },
        K = 1,
        FL = 1,
    });

    private static IEstimator<ITransformer> Sdca() => MC.Trainers.SdcaMaximumEntropy("K", "V2");

    private static string Ok(object value) => "no exception";

    private static string P(string name) => Path.Combine(Fx.Tmp, name);

    private static ITransformer Ld(string path) => ml.Model.Load(path, out _);

    public class OutYText { public string Y { get; set; } }

    public class NotRow : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => input;

        public void Save(ModelSaveContext ctx) => throw new NotSupportedException("custom transformer: no save");
    }

    public class BufferedNonSeek(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}

namespace GoldenTests.Worlds;

public static partial class PredictionEngineWorld
{
    private static MLContext ml => F.Ml;

    private static ModelOperationsCatalog M => ml.Model;

    private static IDataView d => L(new In { A = 1, B = 2 }, new In { A = 3, B = 4 });

    private static IDataView L<T>(params T[] rows) where T : class => ml.Data.LoadFromEnumerable(rows);

    public class OutMiss { public float Z { get; set; } public float Nope { get; set; } = 5; }

    /// <summary>An external row-mapper transformer that counts calls: Z = 2 A, W = 7, V = [A, 1].</summary>
    public class Watch : OutsideTransformer, IDisposable
    {
        private readonly List<long> _positions = new();
        private int _mappers, _transforms, _schemas, _sets, _z, _w, _v;
        private int[] _active = new int[0];

        public bool Disposed { get; private set; }

        protected override IEnumerable<string> Inputs => new[] { "A" };

        public O State() => new()
        {
            { "GetRowToRowMapper calls", _mappers }, { "Transform calls", _transforms }, { "GetOutputSchema calls", _schemas },
            { "getter sets made", _sets }, { "active outputs (0=Z,1=W,2=V)", _active }, { "Z evaluations", _z }, { "W evaluations", _w },
            { "V evaluations", _v }, { "row.Position at Z", _positions.ToList() },
        };

        public override DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
        {
            _schemas++;
            return base.GetOutputSchema(inputSchema);
        }

        public override IDataView Transform(IDataView input)
        {
            _transforms++;
            return base.Transform(input);
        }

        public override IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
        {
            _mappers++;
            return base.GetRowToRowMapper(inputSchema);
        }

        protected override IEnumerable<DataViewSchema.DetachedColumn> Outputs(DataViewSchema input) => new DataViewSchema.DetachedColumn[]
        {
            new("Z", NumberDataViewType.Single), new("W", NumberDataViewType.Single), new("V", new VectorDataViewType(NumberDataViewType.Single, 2)),
        };

        protected override Delegate[] Getters(DataViewRow row, bool[] active)
        {
            _sets++;
            _active = Enumerable.Range(0, active.Length).Where(i => active[i]).ToArray();
            var a = row.GetGetter<float>(row.Schema["A"]);
            ValueGetter<float> z = (ref float value) =>
            {
                _z++;
                _positions.Add(row.Position);
                a(ref value);
                value *= 2;
            };
            ValueGetter<float> w = (ref float value) =>
            {
                _w++;
                value = 7;
            };
            ValueGetter<VBuffer<float>> v = (ref VBuffer<float> value) =>
            {
                _v++;
                var editor = VBufferEditor.Create(ref value, 2);
                a(ref editor.Values[0]);
                editor.Values[1] = 1;
                value = editor.Commit();
            };
            return new Delegate[] { z, w, v };
        }

        public void Dispose() => Disposed = true;
    }
}

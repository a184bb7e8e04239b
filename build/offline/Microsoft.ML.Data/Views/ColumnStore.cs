namespace Microsoft.ML.Data;

/// <summary>Values of one column, copied from rows and given back by number.</summary>
internal abstract class ColumnStore
{
    public static ColumnStore Create(DataViewType type)
        => (ColumnStore)Activator.CreateInstance((type is VectorDataViewType vector ? typeof(Vectors<>).MakeGenericType(vector.ItemType.RawType)
            : typeof(Scalars<>).MakeGenericType(type.RawType)));

    /// <summary>Types whose values can be kept: not images, which their owners dispose.</summary>
    public static bool CanKeep(DataViewType type) => type.GetItemType() is PrimitiveDataViewType;

    /// <summary>The view without the columns that cannot be kept.</summary>
    public static IDataView Keepable(Microsoft.ML.Runtime.IHostEnvironment env, IDataView view)
    {
        string[] names = view.Schema.Where(column => !CanKeep(column.Type)).Select(column => column.Name).Distinct().ToArray();
        return names.Length == 0 ? view : Transforms.ColumnSelectingTransformer.CreateDrop(env, view, names);
    }

    /// <summary>An action that copies the row's current value to a place.</summary>
    public abstract Action<int> MakeWriter(Delegate getter);

    /// <summary>A ValueGetter that copies the value at the current place.</summary>
    public abstract Delegate MakeGetter(Func<int> place);

    private abstract class Typed<T> : ColumnStore
    {
        private T[] _values = [];

        public override Action<int> MakeWriter(Delegate getter)
        {
            var typed = (ValueGetter<T>)getter;
            return place =>
            {
                if (place >= _values.Length)
                    Array.Resize(ref _values, Math.Max(place + 1, 2 * _values.Length));
                typed(ref _values[place]);
            };
        }

        public override Delegate MakeGetter(Func<int> place)
            => (ValueGetter<T>)((ref T value) => Copy(in _values[place()], ref value));

        protected abstract void Copy(in T source, ref T destination);
    }

    private sealed class Scalars<T> : Typed<T>
    {
        protected override void Copy(in T source, ref T destination) => destination = source;
    }

    private sealed class Vectors<T> : Typed<VBuffer<T>>
    {
        protected override void Copy(in VBuffer<T> source, ref VBuffer<T> destination) => source.CopyTo(ref destination);
    }
}

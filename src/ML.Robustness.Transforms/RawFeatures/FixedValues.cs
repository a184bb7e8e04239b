using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ML.Robustness.Transforms.RawFeatures;

/// <summary>The values of a column that is not attacked: a row of features holds the number of one of them.</summary>
internal abstract class FixedValues
{
    /// <summary>The most values that a Single numbers one by one.</summary>
    private protected const int Most = 1 << 24;

    private static readonly MethodInfo Typed =
        typeof(FixedValues).GetMethod(nameof(Make), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <summary>How many there are so far.</summary>
    internal abstract int Count { get; }

    /// <summary>Values for a column's type, none so far.</summary>
    /// <exception cref="ArgumentException">Values of the type cannot be kept, since their memory is the cursor's.</exception>
    internal static FixedValues For(DataViewSchema.Column column)
    {
        if (typeof(IDisposable).IsAssignableFrom(column.Type.RawType))
            throw new ArgumentException(
                $"The model's scores depend on column '{column.Name}' of {column.Type}, whose values cannot be kept while other "
                + "columns are attacked. Transform the data by the steps that read it, and leave these out of the model.",
                nameof(column));
        return (FixedValues)Typed.MakeGenericMethod(column.Type.RawType).Invoke(null, null)!;
    }

    /// <summary>Returns what gives the number of the value in the row that a cursor stands on, a new one where it is
    /// new.</summary>
    internal abstract Func<float> Reader(DataViewRow row, DataViewSchema.Column column);

    /// <summary>The getter of the value that has a number.</summary>
    internal abstract Delegate Getter(Func<float> number);

    private static Values<T> Make<T>() => new Values<T>();

    private sealed class Values<T> : FixedValues
    {
        private readonly List<T> _values = [];
        private readonly Dictionary<object, int> _numbers = [];

        internal override int Count => _values.Count;

        internal override Func<float> Reader(DataViewRow row, DataViewSchema.Column column)
        {
            var get = row.GetGetter<T>(column);
            var value = default(T)!;
            return () =>
            {
                get(ref value);
                var (key, copy) = Kept(value);
                // Vectors are not compared: each is a value of its own.
                if (key is not null && _numbers.TryGetValue(key, out var known))
                    return known;
                if (_values.Count == Most)
                    throw new InvalidOperationException(
                        $"Column '{column.Name}' has more than {Most} different values. Measure the data in parts.");
                if (key is not null)
                    _numbers[key] = _values.Count;
                _values.Add(copy);
                return _values.Count - 1;
            };
        }

        internal override Delegate Getter(Func<float> number) => (ValueGetter<T>)((ref T value) =>
            Copy(_values[Math.Clamp((int)MathF.Round(number()), 0, _values.Count - 1)], ref value));

        private static (object? Key, T Copy) Kept(T value)
        {
            switch (value)
            {
                case ReadOnlyMemory<char> text:
                    var kept = text.ToString();
                    return (kept, (T)(object)kept.AsMemory());
                case VBuffer<ReadOnlyMemory<char>> texts:
                    string[] all = [.. texts.DenseValues().Select(text => text.ToString())];
                    return (null, (T)(object)new VBuffer<ReadOnlyMemory<char>>(
                        all.Length, [.. all.Select(text => text.AsMemory())]));
                default:
                    var copy = default(T)!;
                    Copy(value, ref copy);
                    return (typeof(T).IsGenericType ? null : value, copy);
            }
        }

        private static void Copy(T from, ref T to) => Copier(in from, ref to);

        private delegate void CopyValue(in T from, ref T to);

        private static readonly CopyValue Copier = MakeCopier();

        private static CopyValue MakeCopier()
        {
            if (!typeof(T).IsGenericType || typeof(T).GetGenericTypeDefinition() != typeof(VBuffer<>))
                return static (in T from, ref T to) => to = from;
            return typeof(FixedValues).GetMethod(nameof(CopyVector), BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(typeof(T).GenericTypeArguments).CreateDelegate<CopyValue>();
        }
    }

    private static void CopyVector<TItem>(in VBuffer<TItem> from, ref VBuffer<TItem> to) => from.CopyTo(ref to);
}

using System.Linq.Expressions;
using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>Compiled reads and writes of the members of one row class, in the raw types of views.</summary>
internal static class MemberAccess<TRow>
    where TRow : class
{
    /// <summary>A ValueGetter of the column's raw type over the current row object.</summary>
    public static Delegate MakeGetter(InternalSchemaDefinition.Column column, Func<TRow> current)
    {
        Type memberType = Members.TypeOf(column.Member);
        if (column.Type is KeyDataViewType key)
            return Generic.Call(MakeKeyGetter<uint>, key.RawType, column.Member, current, key.Count);
        if (memberType == typeof(string))
            return MakeTextGetter(Reader<string>(column.Member), current);
        if (memberType == typeof(string[]))
            return MakeTextVectorGetter(Reader<string[]>(column.Member), current);
        if (memberType.IsArray)
            return Generic.Call(MakeArrayGetter<int>, memberType.GetElementType(), column.Member, current);
        return column.Type is VectorDataViewType vector
            ? Generic.Call(MakeVectorGetter<int>, vector.ItemType.RawType, column.Member, current)
            : Generic.Call(MakeDirectGetter<int>, memberType, column.Member, current);
    }

    /// <summary>Writes the row's value of the column into the member; vectors reuse the member's array where it fits.</summary>
    public static Action<TRow> MakeSetter(MemberInfo member, DataViewRow row, DataViewSchema.Column column)
    {
        Type memberType = Members.TypeOf(member);
        if (memberType == typeof(string))
        {
            Action<TRow, string> write = Writer<string>(member);
            return Follow<ReadOnlyMemory<char>>(row, column, (target, text) => write(target, text.ToString()));
        }
        if (memberType == typeof(string[]))
            return Generic.Call(MakeArraySetter<ReadOnlyMemory<char>, string>, typeof(ReadOnlyMemory<char>), typeof(string), member, row, column);
        if (memberType.IsArray)
            return Generic.Call(MakeArraySetter<int, int>, memberType.GetElementType(), memberType.GetElementType(), member, row, column);
        return column.Type is VectorDataViewType vector
            ? Generic.Call(MakeVectorSetter<int>, vector.ItemType.RawType, member, row, column)
            : Generic.Call(MakeDirectSetter<int>, memberType, member, row, column);
    }

    private static Func<TRow, TMember> Reader<TMember>(MemberInfo member)
    {
        ParameterExpression row = Expression.Parameter(typeof(TRow));
        return Expression.Lambda<Func<TRow, TMember>>(Expression.MakeMemberAccess(row, member), row).Compile();
    }

    private static Action<TRow, TMember> Writer<TMember>(MemberInfo member)
    {
        if (member is FieldInfo { IsInitOnly: true } field)
            return (row, value) => field.SetValue(row, value);
        ParameterExpression target = Expression.Parameter(typeof(TRow));
        ParameterExpression value = Expression.Parameter(typeof(TMember));
        return Expression.Lambda<Action<TRow, TMember>>(Expression.Assign(Expression.MakeMemberAccess(target, member), value), target, value).Compile();
    }

    private static Delegate MakeDirectGetter<T>(MemberInfo member, Func<TRow> current)
    {
        Func<TRow, T> read = Reader<T>(member);
        return (ValueGetter<T>)((ref T value) => value = read(current()));
    }

    private static Delegate MakeTextGetter(Func<TRow, string> read, Func<TRow> current)
        => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = read(current()).AsMemory());

    private static Delegate MakeTextVectorGetter(Func<TRow, string[]> read, Func<TRow> current)
    {
        return (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> value) =>
        {
            string[] source = read(current()) ?? [];
            VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref value, source.Length);
            for (int i = 0; i < source.Length; i++)
                editor.Values[i] = source[i].AsMemory();
            value = editor.Commit();
        });
    }

    private static Delegate MakeArrayGetter<T>(MemberInfo member, Func<TRow> current)
    {
        Func<TRow, T[]> read = Reader<T[]>(member);
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
        {
            T[] source = read(current());
            VBuffer<T>.Copy(source, 0, ref value, source?.Length ?? 0);
        });
    }

    private static Delegate MakeVectorGetter<T>(MemberInfo member, Func<TRow> current)
    {
        Func<TRow, VBuffer<T>> read = Reader<VBuffer<T>>(member);
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => read(current()).CopyTo(ref value));
    }

    // Members hold keys counted from 0; in the view they count from 1, and 0 is a missing one.
    private static Delegate MakeKeyGetter<T>(MemberInfo member, Func<TRow> current, ulong count)
    {
        Func<TRow, T> read = Reader<T>(member);
        return (ValueGetter<T>)((ref T value) =>
        {
            ulong key = Convert.ToUInt64(read(current()));
            value = (T)Convert.ChangeType(key < count ? key + 1 : 0, typeof(T));
        });
    }

    private static Action<TRow> Follow<T>(DataViewRow row, DataViewSchema.Column column, Action<TRow, T> write)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default;
        return target =>
        {
            getter(ref value);
            write(target, value);
        };
    }

    private static Action<TRow> MakeDirectSetter<T>(MemberInfo member, DataViewRow row, DataViewSchema.Column column)
        => Follow(row, column, Writer<T>(member));

    private static Action<TRow> MakeArraySetter<TSource, T>(MemberInfo member, DataViewRow row, DataViewSchema.Column column)
    {
        Func<TRow, T[]> read = Reader<T[]>(member);
        Action<TRow, T[]> write = Writer<T[]>(member);
        return Follow<VBuffer<TSource>>(row, column, (target, source) =>
        {
            T[] array = read(target);
            if ((array?.Length ?? 0) != source.Length)
                array = new T[source.Length];
            if (array is TSource[] same)
                source.CopyTo(same);
            else if (array is string[] texts)
                source.DenseValues().Select(text => text.ToString()).ToArray().CopyTo(texts, 0);
            write(target, array);
        });
    }

    private static Action<TRow> MakeVectorSetter<T>(MemberInfo member, DataViewRow row, DataViewSchema.Column column)
    {
        Func<TRow, VBuffer<T>> read = Reader<VBuffer<T>>(member);
        Action<TRow, VBuffer<T>> write = Writer<VBuffer<T>>(member);
        return Follow<VBuffer<T>>(row, column, (target, source) =>
        {
            VBuffer<T> buffer = read(target);
            source.CopyTo(ref buffer);
            write(target, buffer);
        });
    }
}

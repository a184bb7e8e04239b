using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

internal static class RowExtensions
{
    /// <summary>The getter of the column's own type.</summary>
    public static Delegate GetGetterAsDelegate(this DataViewRow row, DataViewSchema.Column column)
        => Generic.Call(GetGetter<int>, column.Type.RawType, row, column);

    /// <summary>Which columns of the schema are among those needed.</summary>
    public static bool[] ToActivity(this DataViewSchema schema, IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        Contracts.CheckValue(columnsNeeded, nameof(columnsNeeded));
        var active = new bool[schema.Count];
        foreach (DataViewSchema.Column column in columnsNeeded)
        {
            Contracts.Check(column.Index < schema.Count && schema[column.Index].Name == column.Name && schema[column.Index].Type.Equals(column.Type),
                $"The requested column: {column} is not part of the sourceSchema");
            active[column.Index] = true;
        }
        return active;
    }

    /// <summary>The getter as one of the type that was asked for, or ML.NET's error.</summary>
    public static ValueGetter<TValue> Typed<TValue>(this Delegate getter, IExceptionContext context, string where = "Invalid TValue")
        => getter as ValueGetter<TValue>
            ?? throw context.Except($"{where}: '{typeof(TValue)}', expected type: '{getter.GetType().GetGenericArguments()[0]}'.");

    private static Delegate GetGetter<TValue>(DataViewRow row, DataViewSchema.Column column) => row.GetGetter<TValue>(column);
}

/// <summary>Calls of generic methods with a type known at run time only: pass the method with any type argument.</summary>
internal static class Generic
{
    public static TResult Call<TResult>(Func<TResult> method, Type type) => Bind(method, type)();

    public static TResult Call<T1, TResult>(Func<T1, TResult> method, Type type, T1 first) => Bind(method, type)(first);

    public static TResult Call<T1, T2, TResult>(Func<T1, T2, TResult> method, Type type, T1 first, T2 second) => Bind(method, type)(first, second);

    public static TResult Call<T1, T2, T3, TResult>(Func<T1, T2, T3, TResult> method, Type type, T1 first, T2 second, T3 third)
        => Bind(method, type)(first, second, third);

    public static TResult Call<T1, T2, T3, T4, TResult>(Func<T1, T2, T3, T4, TResult> method, Type type, T1 first, T2 second, T3 third, T4 fourth)
        => Bind(method, type)(first, second, third, fourth);

    public static TResult Call<T1, T2, T3, TResult>(Func<T1, T2, T3, TResult> method, Type type, Type other, T1 first, T2 second, T3 third)
        => Bind(method, type, other)(first, second, third);

    /// <summary>The same method on the same target with one other type argument.</summary>
    public static TDelegate Bind<TDelegate>(TDelegate method, params Type[] types)
        where TDelegate : Delegate
    {
        MethodInfo generic = method.Method.GetGenericMethodDefinition().MakeGenericMethod(types);
        return (TDelegate)Delegate.CreateDelegate(typeof(TDelegate), method.Target, generic);
    }
}

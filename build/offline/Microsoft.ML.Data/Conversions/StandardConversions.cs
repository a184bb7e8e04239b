using System.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The conversions between item types that views offer.</summary>
internal static class StandardConversions
{
    private static readonly Type[] Signed = [typeof(sbyte), typeof(short), typeof(int), typeof(long)];
    private static readonly Type[] Unsigned = [typeof(byte), typeof(ushort), typeof(uint), typeof(ulong)];
    private static readonly Type[] Floating = [typeof(float), typeof(double)];

    public static bool CanConvert(DataViewType source, DataViewType target)
    {
        if (source is KeyDataViewType || target is KeyDataViewType)
        {
            return target is KeyDataViewType targetKey && (source is TextDataViewType || (source is KeyDataViewType sourceKey && sourceKey.Count == targetKey.Count));
        }
        (Type from, Type to) = (source.RawType, target.RawType);
        if (from == to)
            return source.IsStandardScalar();
        if (source is TextDataViewType)
            return target.IsStandardScalar() && to != typeof(DataViewRowId);
        if (target is TextDataViewType)
            return source.IsStandardScalar() && from != typeof(DataViewRowId);
        return (IsNumber(from) && to == typeof(bool))
            || ((Signed.Contains(from) || from == typeof(bool)) && (Signed.Contains(to) || Floating.Contains(to)))
            || (Unsigned.Contains(from) && (Unsigned.Contains(to) || Floating.Contains(to)))
            || (Floating.Contains(from) && Floating.Contains(to));
    }

    /// <summary>A conversion that <see cref="CanConvert"/> allows.</summary>
    public static Func<TSource, TTarget> Get<TSource, TTarget>()
    {
        if (typeof(TSource) == typeof(TTarget))
            return value => (TTarget)(object)value;
        if (typeof(TTarget) == typeof(ReadOnlyMemory<char>))
            return value => (TTarget)(object)TextValues.Format(value).AsMemory();
        if (typeof(TSource) == typeof(ReadOnlyMemory<char>))
            return FromText<TSource, TTarget>();
        if (typeof(TTarget) == typeof(bool))
            return Bind<TSource, TTarget>((Func<int, bool>)IsNotZero, typeof(TSource));
        if (typeof(TSource) == typeof(bool))
        {
            Func<byte, TTarget> fromByte = Bind<byte, TTarget>((Func<byte, int>)Number<byte, int>, typeof(byte), typeof(TTarget));
            return value => fromByte((bool)(object)value ? (byte)1 : (byte)0);
        }
        return Bind<TSource, TTarget>((Func<int, int>)Number<int, int>, typeof(TSource), typeof(TTarget));
    }

    private static Func<TSource, TTarget> Bind<TSource, TTarget>(Delegate method, params Type[] types)
        => method.Method.GetGenericMethodDefinition().MakeGenericMethod(types).CreateDelegate<Func<TSource, TTarget>>();

    private static bool IsNotZero<TSource>(TSource value)
        where TSource : INumberBase<TSource>
        => value != TSource.Zero;

    private static TTarget Number<TSource, TTarget>(TSource value)
        where TSource : INumberBase<TSource>
        where TTarget : INumberBase<TTarget>
        => IsUnsigned(typeof(TSource)) && IsUnsigned(typeof(TTarget)) && !Fits<TSource, TTarget>(value) ? TTarget.Zero : TTarget.CreateTruncating(value);

    // An unsigned number too large for the target is missing there.
    private static bool Fits<TSource, TTarget>(TSource value)
        where TSource : INumberBase<TSource>
        where TTarget : INumberBase<TTarget>
        => TSource.CreateTruncating(TTarget.CreateTruncating(value)) == value;

    private static bool IsUnsigned(Type type) => type == typeof(byte) || type == typeof(ushort) || type == typeof(uint) || type == typeof(ulong);

    public static bool IsNumber(Type type) => Signed.Contains(type) || Unsigned.Contains(type) || Floating.Contains(type);

    // Text that cannot be read is missing where the type has a missing value, an error for signed integers, the default elsewhere.
    private static Func<TSource, TTarget> FromText<TSource, TTarget>()
    {
        TextParser<TTarget> parse = TextValues.Parser<TTarget>();
        bool isSigned = Signed.Contains(typeof(TTarget));
        string name = typeof(TTarget) == typeof(int) ? "int" : typeof(TTarget) == typeof(long) ? "long" : typeof(TTarget).Name.ToLowerInvariant();
        return value =>
        {
            if (!parse(((ReadOnlyMemory<char>)(object)value).Span, out TTarget result))
            {
                if (isSigned)
                    throw Contracts.Except($"Value could not be parsed from text to {name}.");
                return Floating.Contains(typeof(TTarget)) ? result : default;
            }
            return result;
        };
    }
}

using System.Linq.Expressions;
using System.Reflection;

namespace ML.Robustness.Transforms.Tests.Testing;

/// <summary>Content of a format in memory: written, and read by the reader of all formats, which these tests cannot
/// name.</summary>
internal static class Stored
{
    private static readonly Type Reader =
        typeof(Data.InputShape).Assembly.GetType("ML.Robustness.Persistence.CheckedReader", throwOnError: true)!;

    internal static byte[] Write(Action<BinaryWriter> write)
    {
        using var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, System.Text.Encoding.UTF8, leaveOpen: true))
            write(writer);
        return content.ToArray();
    }

    /// <summary>Reads all of it by the method Read of a type, or throws what is wrong.</summary>
    internal static T Read<T>(byte[] content, Type type, params object[] more) => (T)Read(content, type, more)!;

    /// <inheritdoc cref="Read{T}"/>
    internal static object? Read(byte[] content, Type type, params object[] more)
    {
        const BindingFlags Internal = BindingFlags.Static | BindingFlags.NonPublic;
        var method = type.GetMethod("Read", Internal, [Reader, .. more.Select(argument => argument.GetType())])!;
        var reader = Expression.Parameter(Reader);
        var call = Expression.Call(method, [reader, .. more.Select(Expression.Constant)]);
        var read = Expression.Lambda(
            typeof(Func<,>).MakeGenericType(Reader, typeof(object)), Expression.Convert(call, typeof(object)), reader).Compile();
        Func<string, InvalidDataException> damaged = why => new InvalidDataException(why);
        return Reader.GetMethod("Read", Internal)!.MakeGenericMethod(typeof(object)).Invoke(
            null, BindingFlags.DoNotWrapExceptions, null, [new MemoryStream(content), (long)content.Length, damaged, read], null);
    }
}

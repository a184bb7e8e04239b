using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ML.Robustness.Faults.Formats;

/// <summary>What a file holds as a short text: equal for equal content, bit for bit.</summary>
internal static class ContentDigest
{
    /// <summary>The content of rows: names and types of columns, and the values that can be read.</summary>
    internal static string Of(IDataView rows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var column in rows.Schema)
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{column.Name} {column.Type}\n"));
        using var cursor = rows.GetRowCursor(rows.Schema);
        var readers = rows.Schema.Select(column => Reader(cursor, column, hash)).ToArray();
        while (cursor.MoveNext())
            Array.ForEach(readers, read => read());
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>The weights of a network.</summary>
    internal static string Of(Module network)
    {
        using var scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, weights) in network.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(name));
            hash.AppendData(weights.detach().cpu().contiguous().bytes);
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    internal static string Of(string text) => Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));

    private static Action Reader(DataViewRow row, DataViewSchema.Column column, IncrementalHash hash) =>
        column.Type.RawType switch
        {
            var type when type == typeof(VBuffer<float>) => Vector<float>(row, column, hash),
            var type when type == typeof(VBuffer<byte>) => Vector<byte>(row, column, hash),
            var type when type == typeof(float) => Scalar<float>(row, column, hash),
            var type when type == typeof(uint) => Scalar<uint>(row, column, hash),
            var type when type == typeof(bool) => Scalar<bool>(row, column, hash),
            _ => static () => { }
            ,
        };

    private static Action Scalar<T>(DataViewRow row, DataViewSchema.Column column, IncrementalHash hash) where T : unmanaged
    {
        var getter = row.GetGetter<T>(column);
        T value = default;
        return () =>
        {
            getter(ref value);
            hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
        };
    }

    private static Action Vector<T>(DataViewRow row, DataViewSchema.Column column, IncrementalHash hash) where T : unmanaged
    {
        var getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return () =>
        {
            getter(ref value);
            hash.AppendData(MemoryMarshal.AsBytes(value.DenseValues().ToArray().AsSpan()));
        };
    }
}

using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace GoldenTests;

/// <summary>The helpers that the facts' code calls: views, schemas, shapes and exceptions in the facts' form.</summary>
public static partial class Fx
{
    /// <summary>The scratch folder, shown as <c>&lt;dir&gt;</c>.</summary>
    public static string Tmp { get; } = Path.Combine(Path.GetTempPath(), "golden-" + Environment.ProcessId);

    private const string Unsigned = "Microsoft.ML.Data, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null";
    private const string Signed = "Microsoft.ML.Data, Version=1.0.0.0, Culture=neutral, PublicKeyToken=cc7b13ffcd2ddd51";

    /// <summary>
    /// Text with what differs from machine to machine as it was where the facts were observed: the scratch folder, the names of signed assemblies
    /// (private builds have no public key token), the class that the row classes were nested in.
    /// </summary>
    public static string AsObserved(string text) =>
        text.Replace(Tmp, "<dir>").Replace(Unsigned, Signed).Replace("GoldenTests.Worlds.", "F06+");

    public static string File(string name, string text)
    {
        var path = Path.Combine(Tmp, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path));
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    public static O View(IDataView view) => new() { { "columns", Schema(view.Schema) }, { "rows", Rows(view) } };

    public static object FitView<T>(IEstimator<T> estimator, IDataView view) where T : class, ITransformer =>
        View(estimator.Fit(view).Transform(view));

    public static object Rows(IDataView view) => Read(view, view.Schema.ToList());

    public static object Vals(IDataView view, string name) =>
        Read(view, [view.Schema[name]]).Select(row => ((List<object>)row)[0]).ToList();

    public static List<object> Read(IDataView view, List<DataViewSchema.Column> columns)
    {
        using var cursor = view.GetRowCursor(columns);
        var getters = columns.Select(column => Getter(cursor, column)).ToList();
        var rows = new List<object>();
        while (cursor.MoveNext())
            rows.Add(getters.Select(get => get()).ToList());
        return rows;
    }

    public static Func<object> Getter(DataViewRow row, DataViewSchema.Column column) =>
        (Func<object>)Generic(nameof(TypedGetter), column.Type.RawType).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [row, column], null);

    private static Func<object> TypedGetter<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default;
            getter(ref value);
            return Value(value);
        };
    }

    /// <summary>A raw value of a column in the facts' form.</summary>
    public static object Value(object value) => value switch
    {
        ReadOnlyMemory<char> text => text.ToString(),
        MLImage image => Img(image),
        not null when value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(VBuffer<>) =>
            Generic(nameof(V), type.GetGenericArguments()[0]).Invoke(null, [value]),
        _ => value,
    };

    public static object V<T>(VBuffer<T> buffer)
    {
        var values = buffer.GetValues().ToArray().Select(value => Value(value)).ToList();
        return buffer.IsDense
            ? values
            : new O { { "sparse", true }, { "length", buffer.Length }, { "indices", buffer.GetIndices().ToArray() }, { "values", values } };
    }

    public static object Img(MLImage image) => image == null ? null : new O
    {
        { "width", image.Width }, { "height", image.Height }, { "pixelFormat", image.PixelFormat }, { "tag", image.Tag },
        { "pixels", image.Pixels.ToArray() },
    };

    public static object Try<T>(Func<T> code)
    {
        try
        {
            return code();
        }
        catch (Exception exception)
        {
            return new O { { "throws", Ex(exception) } };
        }
    }

    public static O Ex(Exception exception)
    {
        var fact = new O { { "type", exception.GetType().FullName }, { "message", exception.Message } };
        if (exception is ArgumentException { ParamName: { } name })
            fact.Add("paramName", name);
        if (exception.Data.Count > 0)
        {
            var data = new O();
            foreach (DictionaryEntry entry in exception.Data)
                data.Add(entry.Key.ToString(), entry.Value?.ToString());
            fact.Add("data", data);
        }
        return exception.InnerException == null ? fact : fact.With("inner", Ex(exception.InnerException));
    }

    /// <summary>Replaces elapsed times.</summary>
    public static string El(string message) => Elapsed().Replace(message, "<hh:mm:ss.fffffff>");

    private static MethodInfo Generic(string name, Type type) =>
        typeof(Fx).GetMethod(name, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic).MakeGenericMethod(type);

    [GeneratedRegex(@"\d\d:\d\d:\d\d(\.\d{7})?")]
    private static partial Regex Elapsed();
}

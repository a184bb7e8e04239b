namespace Microsoft.ML.Runtime;

/// <summary>Checks and exceptions with ML.NET's types, texts and marks. The context may be null: then the exception is only marked.</summary>
internal static class Contracts
{
    private const string MarkKey = "ML_IsMarked";
    private const string SensitivityKey = "ML_Sensitivity";

    public static TException Process<TException>(this TException exception, IExceptionContext context = null)
        where TException : Exception
        => context != null ? context.Process(exception) : Mark(exception);

    public static TException Mark<TException>(TException exception)
        where TException : Exception
    {
        exception.Data[MarkKey] = 1;
        return exception;
    }

    public static bool IsMarked(this Exception exception) => exception.Data.Contains(MarkKey);

    public static TException MarkSensitive<TException>(this TException exception, MessageSensitivity sensitivity)
        where TException : Exception
    {
        exception.Data[SensitivityKey] = (exception.Data[SensitivityKey] as MessageSensitivity? ?? MessageSensitivity.None) | sensitivity;
        return exception;
    }

    public static Exception Except(string message) => Mark(new InvalidOperationException(message));

    public static Exception Except(this IExceptionContext context) => Process(new InvalidOperationException(), context);

    public static Exception Except(this IExceptionContext context, string message) => Process(new InvalidOperationException(message), context);

    public static Exception Except(this IExceptionContext context, Exception inner, string message)
        => Process(new InvalidOperationException(message, inner), context);

    public static Exception ExceptParam(string name, string message) => Mark(new ArgumentOutOfRangeException(name, message));

    public static Exception ExceptParam(this IExceptionContext context, string name) => Process(new ArgumentOutOfRangeException(name), context);

    public static Exception ExceptParam(this IExceptionContext context, string name, string message)
        => Process(new ArgumentOutOfRangeException(name, message), context);

    public static Exception ExceptUserArg(this IExceptionContext context, string name, string message)
        => Process(new ArgumentOutOfRangeException(name, message), context);

    public static Exception ExceptDecode(string message) => Mark(new FormatException(message));

    public static Exception ExceptDecode(this IExceptionContext context, string message) => Process(new FormatException(message), context);

    public static Exception ExceptDecode(this IExceptionContext context, Exception inner, string message)
        => Process(new FormatException(message, inner), context);

    public static Exception ExceptNotSupp(string message) => Mark(new NotSupportedException(message));

    public static Exception ExceptNotSupp(this IExceptionContext context, string message) => Process(new NotSupportedException(message), context);

    public static Exception ExceptSchemaMismatch(this IExceptionContext context, string parameter, string role, string column)
        => Process(new ArgumentOutOfRangeException(parameter, $"Could not find {role} column '{column}'"), context);

    public static Exception ExceptSchemaMismatch(this IExceptionContext context, string parameter, string role, string column, string expected, string actual)
        => Process(new ArgumentOutOfRangeException(parameter, $"Schema mismatch for {role} column '{column}': expected {expected}, got {actual}"), context);

    public static void Check(bool condition, string message) => Check(null, condition, message);

    public static void Check(this IExceptionContext context, bool condition)
    {
        if (!condition)
            throw Except(context);
    }

    public static void Check(this IExceptionContext context, bool condition, string message)
    {
        if (!condition)
            throw Except(context, message);
    }

    public static void CheckUserArg(this IExceptionContext context, bool condition, string name, string message)
        => CheckParam(context, condition, name, message);

    public static void CheckParam(bool condition, string name) => CheckParam(null, condition, name);

    public static void CheckParam(bool condition, string name, string message) => CheckParam(null, condition, name, message);

    public static void CheckParam(this IExceptionContext context, bool condition, string name)
    {
        if (!condition)
            throw ExceptParam(context, name);
    }

    public static void CheckParam(this IExceptionContext context, bool condition, string name, string message)
    {
        if (!condition)
            throw ExceptParam(context, name, message);
    }

    public static void CheckValue<T>(T value, string name)
        where T : class
        => CheckValue(null, value, name);

    public static void CheckValue<T>(this IExceptionContext context, T value, string name)
        where T : class
    {
        if (value == null)
            throw Process(new ArgumentNullException(name), context);
    }

    public static T CheckRef<T>(this IExceptionContext context, T value, string name)
        where T : class
    {
        CheckValue(context, value, name);
        return value;
    }

    public static string CheckNonEmpty(string value, string name) => CheckNonEmpty(null, value, name);

    public static string CheckNonEmpty(this IExceptionContext context, string value, string name)
        => !string.IsNullOrEmpty(value) ? value : throw ExceptParam(context, name, $"{name} cannot be null or empty");

    public static T[] CheckNonEmpty<T>(this IExceptionContext context, T[] values, string name)
        => values is { Length: > 0 } ? values : throw ExceptParam(context, name, $"{name} cannot be null or empty");

    public static string CheckNonWhiteSpace(string value, string name) => CheckNonWhiteSpace(null, value, name);

    public static string CheckNonWhiteSpace(this IExceptionContext context, string value, string name)
        => !string.IsNullOrWhiteSpace(value) ? value : throw ExceptParam(context, name, $"{name} cannot be null or white space");

    public static void CheckDecode(bool condition) => CheckDecode(null, condition);

    public static void CheckDecode(bool condition, string message) => CheckDecode(null, condition, message);

    public static void CheckDecode(this IExceptionContext context, bool condition)
    {
        if (!condition)
            throw Process(new FormatException(), context);
    }

    public static void CheckDecode(this IExceptionContext context, bool condition, string message)
    {
        if (!condition)
            throw ExceptDecode(context, message);
    }
}

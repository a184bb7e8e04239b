namespace Microsoft.ML.Data;

[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = false, Inherited = true)]
public sealed class LoadColumnAttribute : Attribute
{
    public LoadColumnAttribute(int fieldIndex) => Sources = [new TextLoader.Range(fieldIndex)];

    public LoadColumnAttribute(int start, int end) => Sources = [new TextLoader.Range(start, end)];

    public LoadColumnAttribute(int[] columnIndexes) => Sources = columnIndexes.Select(index => new TextLoader.Range(index)).ToArray();

    internal TextLoader.Range[] Sources { get; }
}

[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = false, Inherited = true)]
public sealed class LoadColumnNameAttribute : Attribute
{
    public LoadColumnNameAttribute(string fieldName) => Names = [fieldName];

    public LoadColumnNameAttribute(params string[] fieldNames) => Names = fieldNames;

    internal string[] Names { get; }
}

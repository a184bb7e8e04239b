using System.Text.Json;
using ML.Robustness.Training;

namespace Samples.Shared;

/// <summary>The training of a saved model: kept as JSON beside it, so that a sample knows whether the model fits.</summary>
/// <param name="Source">The data's identity, <see cref="Images.Source"/>.</param>
/// <param name="Rows">The number of training rows.</param>
/// <param name="Objective">The objective with its attack and radius.</param>
/// <param name="Epsilon">The radius that was trained against; 0 for standard training.</param>
/// <param name="Epochs">The number of passes over the training rows.</param>
/// <param name="Device">The device of training.</param>
/// <param name="Library">The identity of the library's build; another build may train another model.</param>
public sealed record ModelDescription(
    string Source, long Rows, string Objective, double Epsilon, int Epochs, string Device, Guid Library)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>The build of the library that runs.</summary>
    public static Guid CurrentLibrary { get; } = typeof(RobustTrainer).Assembly.ManifestModule.ModuleVersionId;

    /// <summary>The time that training took; not compared.</summary>
    public double TrainSeconds { get; init; }

    /// <summary>
    /// Whether the two models have seen the same data and radius, however long and by which build they were trained.
    /// </summary>
    public bool HasSameDataAndRadius(ModelDescription other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return (Source, Objective, Epsilon) == (other.Source, other.Objective, other.Epsilon);
    }

    /// <summary>Whether training again would give the same model.</summary>
    public bool IsSameTraining(ModelDescription other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this with { Device = other.Device, TrainSeconds = other.TrainSeconds } == other;
    }

    /// <summary>The description without what differs from one run of the same training to the next.</summary>
    public ModelDescription Identity() => this with { Device = "", TrainSeconds = 0 };

    /// <summary>Writes the description beside a model, after the model itself.</summary>
    public void Write(string modelPath) => File.WriteAllText(PathBeside(modelPath), JsonSerializer.Serialize(this, Json));

    /// <summary>Removes the description of a model that is about to be replaced.</summary>
    public static void Remove(string modelPath) => File.Delete(PathBeside(modelPath));

    /// <summary>Reads the description beside a model; null where model or description is missing or not readable.</summary>
    public static ModelDescription? Read(string modelPath)
    {
        if (!File.Exists(modelPath) || !File.Exists(PathBeside(modelPath)))
            return null;
        try
        {
            return JsonSerializer.Deserialize<ModelDescription>(File.ReadAllText(PathBeside(modelPath)), Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string PathBeside(string modelPath) => Path.ChangeExtension(modelPath, ".json");
}

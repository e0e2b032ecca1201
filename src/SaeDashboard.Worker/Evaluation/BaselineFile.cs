using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Sae.Evaluation.GroundTruth;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>The residual stream's own scores, kept: they are the same for every SAE at one place of one model.</summary>
/// <param name="SchemaVersion">Of this file.</param>
/// <param name="Key">What they are of.</param>
/// <param name="Sets">The scores.</param>
internal sealed record BaselineFile(int SchemaVersion, BaselineKey Key, IReadOnlyList<DirectionSet> Sets)
{
    private const int CurrentSchema = 1;

    /// <summary>The scores in the file when they are of the same thing; null when there is no file.</summary>
    /// <exception cref="UserException">The file holds something else.</exception>
    public static IReadOnlyList<DirectionSet>? Read(string path, BaselineKey key)
    {
        if (!File.Exists(path)) return null;
        var file = JsonFile.Read<BaselineFile>(path);
        var fault = file.SchemaVersion != CurrentSchema ? $"schema {file.SchemaVersion}, not {CurrentSchema}" : file.Key.Difference(key);
        return fault is null ? file.Sets : throw new UserException($"{path} holds baselines of {fault}. Give another file, or delete this one to make it again.");
    }

    public static void Write(string path, BaselineKey key, IReadOnlyList<DirectionSet> sets) =>
        AtomicFile.WriteJson(path, new BaselineFile(CurrentSchema, key, sets));
}

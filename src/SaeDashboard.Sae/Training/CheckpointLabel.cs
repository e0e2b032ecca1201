using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Sae.Training;

/// <summary>What a checkpoint says of itself beside its tensors.</summary>
/// <param name="Config">The run's settings, as <see cref="Essential"/> leaves them.</param>
/// <param name="Activations">What it trains on.</param>
/// <param name="Fork">The run it comes from; null: none.</param>
/// <param name="HeldOutLoss">Its loss on the held-out clips; null: not measured at this step.</param>
internal sealed record CheckpointLabel(TrainConfig Config, CheckpointSource Activations, ForkOrigin? Fork, double? HeldOutLoss)
{
    private const string ConfigKey = "config", SourceKey = "activations", ForkKey = "forkedFrom", HeldOutKey = "heldOutLoss";

    /// <summary>Without what changes only how a run is watched or how fast it goes: that may differ when it is resumed.</summary>
    public static TrainConfig Essential(TrainConfig config) => config.WatchedAs(new TrainConfig { Threads = 0, Checkpoints = 0, Evaluations = 0, Histograms = 0 });

    public void Write(IDictionary<string, string> metadata)
    {
        metadata[ConfigKey] = JsonSerializer.Serialize(Config, JsonDefaults.Lines);
        metadata[SourceKey] = JsonSerializer.Serialize(Activations, JsonDefaults.Lines);
        if (Fork is not null)
            metadata[ForkKey] = JsonSerializer.Serialize(Fork, JsonDefaults.Lines);
        if (HeldOutLoss is { } loss)
            metadata[HeldOutKey] = loss.ToString("R", CultureInfo.InvariantCulture);
    }

    /// <exception cref="UserException">It says nothing that can be read.</exception>
    public static CheckpointLabel Read(SafetensorsFile file)
    {
        try
        {
            return new CheckpointLabel(
                Member<TrainConfig>(file, ConfigKey) ?? throw new UserException($"{file.Path} does not say with what settings it was made: it is no checkpoint."),
                Member<CheckpointSource>(file, SourceKey) ?? throw new UserException($"{file.Path} does not say of what activations it was made: it is no checkpoint."),
                Member<ForkOrigin>(file, ForkKey),
                Member<double?>(file, HeldOutKey));
        }
        catch (JsonException error)
        {
            throw new UserException($"{file.Path}: what it says of its run cannot be read ({error.Message}): it is damaged, or of another version of this program.", error);
        }
    }

    /// <summary>Refuses a checkpoint that is not of a run with these settings and activations.</summary>
    /// <exception cref="UserException">It lists every setting that differs.</exception>
    public void RequireSame(TrainConfig config, CheckpointSource activations, string path)
    {
        var problems = TrainSettings.Differences(Config, config).Select(one => $"\"{one.Name}\" was {one.First} and is now {one.Second}").ToList();
        if (problems.Count > 0)
        {
            throw new UserException($"{path} was made with other settings:\n  {string.Join("\n  ", problems)}\n" +
                "Resume with what the run began with, fork it into a new run to change them, or start it over without --resume.");
        }
        if (Activations != activations)
        {
            throw new UserException($"{path} was made with other activations ({Activations.Describe()}; now {activations.Describe()}). " +
                "Resume with what the run began with, or start it over without --resume.");
        }
    }

    private static T? Member<T>(SafetensorsFile file, string key) =>
        file.Metadata.TryGetValue(key, out var text) ? JsonSerializer.Deserialize<T>(text, JsonDefaults.Lines) : default;
}

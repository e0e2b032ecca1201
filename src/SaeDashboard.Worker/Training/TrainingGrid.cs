using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Worker.Training;

/// <summary>
/// The file of <c>train --grid</c>: settings that all SAEs have in common, and those that vary. Every combination is one SAE.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record TrainingGrid
{
    private const int Most = 1000;

    /// <summary>The layers; null: those that the command line gives.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>What all have in common; members that are missing take the trainer's defaults.</summary>
    public JsonObject Train { get; init; } = [];

    /// <summary>A setting's name: the values it takes.</summary>
    public Dictionary<string, JsonArray> Vary { get; init; } = [];

    /// <summary>Reads a file.</summary>
    /// <exception cref="UserException">The file is missing, or not a grid.</exception>
    public static TrainingGrid Read(string path) => JsonFile.Read<TrainingGrid>(path);

    /// <summary>Every combination with a name such as "k-32-seed-1", the last setting varying fastest.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="UserException">Settings that cannot be read; all problems are listed.</exception>
    public IReadOnlyList<(string Name, TrainConfig Config)> Combinations(string path)
    {
        var count = Vary.Values.Aggregate(1.0, (product, values) => product * values.Count);
        if (count is < 1 or > Most)
            throw new UserException(string.Create(CultureInfo.InvariantCulture, $"{path} makes {count} combinations: from 1 to {Most} can be trained side by side."));
        List<(string Name, JsonObject Settings)> all = [("", (JsonObject)Train.DeepClone())];
        foreach (var (name, values) in Vary)
        {
            if (Train.ContainsKey(name)) throw new UserException($"{path}: \"{name}\" is both in \"train\" and in \"vary\": keep one.");
            all = [.. all.SelectMany(each => values.Select(value => (NameOf(each.Name, name, value), With(each.Settings, name, value))))];
        }
        var combinations = new List<(string Name, TrainConfig Config)>();
        var problems = new List<string>();
        foreach (var (name, settings) in all)
        {
            var train = TrainSettings.Of(JsonSerializer.SerializeToElement(settings));
            problems.AddRange(train.Problems(new TrainConfig()));
            combinations.Add((name, train.Over(new TrainConfig())));
        }
        if (problems.Count > 0) throw new UserException($"{path}:\n  " + string.Join("\n  ", problems.Distinct()));
        if (combinations.CountBy(each => each.Name).FirstOrDefault(pair => pair.Value > 1).Key is { } twice)
            throw new UserException($"{path} makes \"{twice}\" more than once.");
        return combinations;
    }

    private static JsonObject With(JsonObject settings, string name, JsonNode? value)
    {
        var copy = (JsonObject)settings.DeepClone();
        copy[name] = value?.DeepClone();
        return copy;
    }

    private static string NameOf(string before, string name, JsonNode? value)
    {
        var text = new string([.. (value?.ToString() ?? "null").Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' ? letter : '_')]);
        return (before.Length > 0 ? before + "-" : "") + $"{name}-{text}";
    }
}

/// <summary>RUN[:STEP] on the command line, and what a run's config.json keeps of it.</summary>
internal static class ForkArgument
{
    /// <summary>Reads RUN or RUN:STEP; a folder whose own name ends in a colon and digits needs its step written.</summary>
    public static RunFork Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && long.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? new RunFork(Path.GetFullPath(text[..colon]), step)
            : new RunFork(Path.GetFullPath(text));
    }

    /// <summary>What a run that was begun already says it comes from; null: from nothing, or it has no readable config.json.</summary>
    public static RunFork? Of(string runPath)
    {
        try
        {
            return JsonFile.Read<Kept>(Path.Combine(runPath, "config.json")).ForkedFrom;
        }
        catch (UserException)
        {
            return null;
        }
    }

    private sealed record Kept(RunFork? ForkedFrom = null);
}

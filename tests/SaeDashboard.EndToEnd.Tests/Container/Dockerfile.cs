using System.Text.Json;
using System.Text.RegularExpressions;

namespace SaeDashboard.EndToEnd.Tests.Container;

/// <summary>One step: "COPY --from=build /a /b".</summary>
/// <param name="Name">In capitals.</param>
/// <param name="Flags">Without the two dashes: "from" to "build".</param>
/// <param name="Text">The rest of the line, continuation lines joined.</param>
internal sealed record Step(string Name, IReadOnlyDictionary<string, string> Flags, string Text)
{
    public string[] Words => Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The words of an exec form (a JSON array); null for the form that a shell reads.</summary>
    public string[]? Exec => Text.StartsWith('[') ? JsonSerializer.Deserialize<string[]>(Text) : null;
}

/// <summary>What follows one FROM.</summary>
internal sealed record Stage(string? Name, string Image, IReadOnlyList<Step> Steps)
{
    public IEnumerable<Step> Of(string name) => Steps.Where(step => step.Name == name);

    /// <summary>Every ENV of the stage.</summary>
    public Dictionary<string, string> Environment =>
        Of("ENV").SelectMany(step => step.Words).Select(word => word.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
}

/// <summary>The parts of a Dockerfile's language that the repository's one uses; others are refused.</summary>
internal sealed partial class Dockerfile
{
    private static readonly string[] Known = ["FROM", "WORKDIR", "COPY", "RUN", "ENV", "VOLUME", "USER", "HEALTHCHECK", "ENTRYPOINT"];

    public required IReadOnlyList<Stage> Stages { get; init; }

    /// <summary>The stage that becomes the image.</summary>
    public Stage Image => Stages[^1];

    public static Dockerfile Read(string path)
    {
        var text = string.Join('\n', File.ReadAllLines(path).Where(line => !line.TrimStart().StartsWith('#')));
        var stages = new List<(string? Name, string Image, List<Step> Steps)>();
        foreach (var line in Continuation().Replace(text, " ").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var step = Parse(line);
            if (step.Name == "FROM")
            {
                Assert.True(step.Words is [_] or [_, "AS", _], line);
                stages.Add((step.Words.Length == 3 ? step.Words[2] : null, step.Words[0], []));
            }
            else
            {
                stages[^1].Steps.Add(step);
            }
        }
        return new Dockerfile { Stages = [.. stages.Select(stage => new Stage(stage.Name, stage.Image, stage.Steps))] };
    }

    private static Step Parse(string line)
    {
        var parts = line.Split(' ', 2);
        Assert.Contains(parts[0], Known);
        var (flags, rest) = (new Dictionary<string, string>(), parts[1].Trim());
        while (Flag().Match(rest) is { Success: true } match)
        {
            flags[match.Groups["name"].Value] = match.Groups["value"].Value;
            rest = rest[match.Length..].TrimStart();
        }
        return new Step(parts[0], flags, rest);
    }

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continuation();

    [GeneratedRegex(@"^--(?<name>[a-z-]+)=(?<value>\S+)")]
    private static partial Regex Flag();
}

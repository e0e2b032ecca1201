using System.Text.Json;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Runs;

/// <summary>Reads training settings, and refuses those that cannot work with everything that is wrong said at once.</summary>
public static class TrainConfigFile
{
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Reads and validates a file.</summary>
    /// <param name="path">JSON with any of the members that docs/training-settings.md lists.</param>
    /// <param name="basis">Where missing members come from; null: the defaults.</param>
    /// <exception cref="UserException">Unreadable, unknown members, values of another kind, or settings that cannot work: all of them are
    /// listed.</exception>
    public static TrainConfig Read(string path, TrainConfig? basis = null)
    {
        var bytes = WholeFile.Read(path);
        try
        {
            var json = bytes.AsMemory()[(bytes.Length - JsonFile.WithoutMark(bytes).Length)..];
            JsonText.RequireReadable(path, json.Span);
            using var document = JsonDocument.Parse(json, Lenient);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new UserException($"{path} holds no JSON object: the training settings are written {{ \"latents\": 2048, … }}.");
            return Resolve(TrainSettings.Of(document.RootElement), path, basis);
        }
        catch (JsonException error)
        {
            throw new UserException(FormattableString.Invariant(
                $"{path} line {(error.LineNumber ?? 0) + 1}, column {(error.BytePositionInLine ?? 0) + 1}: this is no JSON."), error);
        }
    }

    /// <summary>The configuration that settings within another file make.</summary>
    /// <param name="settings">What that file names.</param>
    /// <param name="where">How errors name it.</param>
    /// <param name="basis">Where missing members come from; null: the defaults.</param>
    /// <exception cref="UserException">Something is wrong with them: all of it is listed.</exception>
    public static TrainConfig Resolve(TrainSettings settings, string where, TrainConfig? basis = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        basis ??= new TrainConfig();
        return settings.Problems(basis) is { Count: > 0 } problems ? throw Refusal(where, problems) : settings.Over(basis);
    }

    /// <summary>The exception that lists problems.</summary>
    public static UserException Refusal(string what, IEnumerable<string> problems) =>
        new($"{what} cannot be used:\n  " + string.Join("\n  ", problems));
}

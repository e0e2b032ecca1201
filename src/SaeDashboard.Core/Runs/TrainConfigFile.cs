using System.Text.Json;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Runs;

/// <summary>Reads training settings, and rejects invalid ones with all problems in one message.</summary>
public static class TrainConfigFile
{
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Reads and validates a file.</summary>
    /// <param name="path">JSON with any of the members in docs/training-settings.md.</param>
    /// <param name="basis">The values of missing members; null: the defaults.</param>
    /// <exception cref="UserException">The file is unreadable, or has unknown members, values of the wrong kind or invalid settings; all are
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

    /// <summary>The configuration of settings that are part of another file.</summary>
    /// <param name="settings">The settings in that file.</param>
    /// <param name="where">The name of the settings in errors.</param>
    /// <param name="basis">The values of missing members; null: the defaults.</param>
    /// <exception cref="UserException">The settings are invalid; the message lists all problems.</exception>
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

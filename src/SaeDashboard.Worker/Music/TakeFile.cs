using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Takes;
using SaeDashboard.Worker.Steering;

namespace SaeDashboard.Worker.Music;

/// <summary>The files that a sound is made again from: a take's take.json, a WAV file that was downloaded of it, a preset. Neither codes nor samples are used.</summary>
internal static class TakeFile
{
    /// <summary>What the file asks for, with folders of this machine, and what it is called.</summary>
    /// <param name="path">The file.</param>
    /// <param name="session">Loads the SAEs.</param>
    /// <param name="saes">Folders of SAEs, of which those are used that a preset or a WAV file names by the hashes of their weights.</param>
    /// <exception cref="UserException">It is none of these files, is damaged, or names an SAE whose folder was not given.</exception>
    public static (TakeManifest Take, string Name) Read(string path, SteeringSession session, IReadOnlyList<string> saes)
    {
        if (SheetOf(path) is not { } sheet)
        {
            var take = JsonFile.Read<TakeManifest>(path);
            return (take, take.Id);
        }
        var folders = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var folder in saes) folders.TryAdd(session.Load(folder).Sae.WeightsHash, folder);
        return (Here(sheet.Take, path, folders), $"“{sheet.Name}”");
    }

    // A preset carries what the WAV file of one of its arms does.
    private static TakeSheet? SheetOf(string path)
    {
        using (var file = RegularFile.OpenStream(path, bufferSize: 1 << 16))
        {
            var head = new byte[4];
            if (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.AsSpan().SequenceEqual("RIFF"u8))
            {
                file.Position = 0;
                return TakeSheetFile.ReadAsync(file, path, CancellationToken.None).GetAwaiter().GetResult()
                    ?? throw new UserException($"{path} carries no settings: it was not downloaded from a take, or another program wrote it again without them.");
            }
        }
        return JsonFile.Read<JsonElement>(path) is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("arms", out _)
            ? PresetSheet.Of(PresetFile.Read(path), PresetArms.Steered, DateTimeOffset.UnixEpoch) : null;
    }

    private static TakeManifest Here(TakeManifest take, string path, Dictionary<string, string> folders)
    {
        var settings = take.Settings;
        var hashes = (take.Saes ?? []).DistinctBy(sae => sae.Path).ToDictionary(sae => sae.Path, sae => sae.WeightsHash);
        if (settings.SaePath is { } own && take.SaeHash is { } hash) hashes.TryAdd(own, hash);
        return take with
        {
            Saes = take.Saes is { } saes ? [.. saes.Select(sae => sae with { Path = Folder(sae.Path)! })] : null,
            Settings = settings with
            {
                SaePath = Folder(settings.SaePath),
                Steers = [.. settings.Steers.Select(steer => steer with { SaePath = Folder(steer.SaePath), Condition = steer.Condition is { } condition ? condition with { Sae = Folder(condition.Sae) } : null })],
            },
        };

        string? Folder(string? name) => name is null ? null
            : !hashes.TryGetValue(name, out var weights) ? throw new UserException($"{path} does not say which weights the SAE “{name}” has.")
            : folders.TryGetValue(weights, out var folder) ? folder
            : throw new UserException($"{path} needs the SAE “{name}” with the weights {weights[..12]}…: give its folder with --sae.");
    }
}

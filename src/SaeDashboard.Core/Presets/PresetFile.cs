using System.Text.Json;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Presets;

/// <summary>Reads and writes presets. They are untrusted: everything that playback relies on is checked on reading.</summary>
public static class PresetFile
{
    /// <summary>The newest layout this program knows.</summary>
    public const int SchemaVersion = 4;

    /// <summary>Reads one preset.</summary>
    /// <exception cref="UserException">The file is missing, too large or not a valid preset; the message names the file and the error.</exception>
    public static SteeringPreset Read(string path)
    {
        // Checked before reading: a file of gigabytes must not fill the memory.
        if (FileLook.At(path) is { Kind: FileKind.Regular, Length: > PresetLimits.MaxBytes and var length }) throw TooLarge(path, length);
        return Parse(WholeFile.Read(path, PresetLimits.MaxBytes), path);
    }

    /// <summary>Reads one preset from the bytes of a file.</summary>
    /// <param name="bytes">UTF-8 JSON.</param>
    /// <param name="file">The file's name, for the message.</param>
    /// <exception cref="UserException">The preset is not valid; the message names the file and the error.</exception>
    public static SteeringPreset Parse(ReadOnlyMemory<byte> bytes, string file)
    {
        if (bytes.Length > PresetLimits.MaxBytes) throw TooLarge(file, bytes.Length);
        if (bytes.Span.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        try
        {
            using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw new UserException($"{file} is not a preset: it should hold one JSON object.");
            Layout(json.RootElement, file);
            PresetFields.Check(json.RootElement, typeof(SteeringPreset), file);
            var preset = Bind(json.RootElement, file);
            PresetChecks.Check(preset, file);
            return preset;
        }
        catch (JsonException error)
        {
            var line = error.LineNumber is { } number ? FormattableString.Invariant($" line {number + 1}") : "";
            throw new UserException($"{file}{line}: {JsonFile.Reason(error, typeof(SteeringPreset))}", error);
        }
        catch (InvalidOperationException error)
        {
            // Half a surrogate pair, or other text that is not valid Unicode.
            throw new UserException($"{file} holds text that is not valid Unicode.", error);
        }
    }

    /// <summary>The preset as the bytes of a file.</summary>
    public static byte[] ToBytes(SteeringPreset preset) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(preset with { SchemaVersion = LayoutOf(preset) }, JsonDefaults.Data), (byte)'\n'];

    /// <summary>Checks a preset made in this program by the same rules as an imported one.</summary>
    /// <exception cref="UserException">It breaks a rule.</exception>
    public static void Check(SteeringPreset preset) => PresetChecks.Check(preset, NameOf(preset));

    /// <summary>Checks a preset before its codes are generated, so that they are not generated in vain.</summary>
    /// <param name="preset">The preset, without arms.</param>
    /// <param name="codebooks">Codebooks that the codes will have.</param>
    /// <exception cref="UserException">It breaks a rule, or will be too large for a file.</exception>
    public static void CheckBeforeCodes(SteeringPreset preset, int codebooks)
    {
        var name = NameOf(preset);
        PresetChecks.Settings(preset, name);
        var bytes = ToBytes(preset).LongLength + 2 * (4 * ((2L * codebooks * preset.Frames + 2) / 3) + 100);
        if (bytes > PresetLimits.MaxBytes)
            throw new UserException(FormattableString.Invariant($"{name} would have {bytes:N0} bytes; a preset has at most {PresetLimits.MaxBytes:N0}. Make a shorter piece."));
    }

    /// <summary>Writes one preset atomically, after checking it: what is written can be read.</summary>
    /// <exception cref="UserException">It breaks a rule, or the file cannot be written.</exception>
    public static void Write(string path, SteeringPreset preset)
    {
        Check(preset);
        var bytes = ToBytes(preset);
        if (bytes.Length > PresetLimits.MaxBytes) throw TooLarge(path, bytes.Length);
        AtomicFile.WriteAllBytes(path, bytes);
    }

    /// <summary>The codes of one arm. Throws <see cref="UserException"/> when the preset lacks it or its size is wrong.</summary>
    public static CodeGrid Codes(SteeringPreset preset, string arm, string? path = null)
    {
        var where = path ?? $"preset “{preset.Name}”";
        if (!preset.Arms.TryGetValue(arm, out var codes))
            throw new UserException($"{where} has no arm “{arm}”; it has {string.Join(", ", preset.Arms.Keys)}.");
        var grid = CodeGrid.FromBase64(codes.Base64, codes.Codebooks, $"{where}: arms.{arm}");
        if (grid.Frames != codes.Frames || grid.Frames != preset.Frames)
            throw new UserException($"{where}: the codes of arms.{arm} hold {grid.Frames} frames; frames says {preset.Frames}, arms.{arm}.frames {codes.Frames}.");
        return grid;
    }

    /// <summary>An arm's codes in a preset's form.</summary>
    public static PresetCodes Pack(CodeGrid codes) => new(codes.Codebooks, codes.Frames, codes.ToBase64());

    private static string NameOf(SteeringPreset preset) => $"preset “{PresetFields.Shown(preset.Name)}”";

    /// <summary>The oldest layout that has the preset's fields, so that older programs can read it.</summary>
    private static int LayoutOf(SteeringPreset preset) =>
        preset.Continue is not null || preset.Melody is not null ? 4
        : preset.Author is not null || preset.Licence is not null || preset.Parent is not null || preset.Saes is not null || preset.Moves is not null || preset.Live is not null
            || preset.Steers.Any(steer => steer is not { Label: null, Direction: null, Sae: null, Onset: 0, Envelope: null, Condition: null, Muted: false }) ? 3
        : preset.Greedy || preset.Window is not null || preset.Stride is not null || preset.Piece != 0 ? 2 : 1;

    // The version is checked first: a newer layout's fields would look like typing errors.
    private static void Layout(JsonElement root, string file)
    {
        if (!root.TryGetProperty("schemaVersion", out var version)) throw new UserException($"{file} is not a preset: the field “schemaVersion” is missing.");
        if (version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var layout) || layout < 1)
            throw new UserException($"{file}: schemaVersion is {PresetFields.Shown(version.GetRawText())}; it should be 1 to {SchemaVersion}.");
        if (layout > SchemaVersion)
            throw new UserException($"{file}: the preset has layout {layout}, this program knows up to {SchemaVersion}. Update the program.");
    }

    private static SteeringPreset Bind(JsonElement root, string file)
    {
        try
        {
            return root.Deserialize<SteeringPreset>(JsonDefaults.Data)!;
        }
        catch (JsonException error)
        {
            var place = error.Path is { Length: > 2 } path ? path[2..] : "the preset";
            throw new UserException($"{file}: the value of {PresetFields.Shown(place)} is of the wrong kind. Compare it with an exported preset.", error);
        }
    }

    private static UserException TooLarge(string file, long bytes) =>
        new(FormattableString.Invariant($"{file} has {bytes:N0} bytes; a preset has at most {PresetLimits.MaxBytes:N0}. Is it a preset at all?"));
}

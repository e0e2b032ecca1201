using System.Text.Json;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Presets;

namespace SaeDashboard.Core.Takes;

/// <summary>The settings that a WAV file of a take carries (docs/takes.md). Files come from strangers: everything is checked when it is read.</summary>
public static class TakeSheetFile
{
    /// <summary>The newest layout this program knows.</summary>
    public const int SchemaVersion = 2;

    private const string Kind = "a take's settings";

    /// <summary>The chunk's content: JSON on one line. Where the codes of all arms pass the limit, those of the file's own arm are kept; where these pass it too, none.</summary>
    /// <exception cref="UserException">The settings alone pass the limit.</exception>
    public static byte[] ToBytes(TakeSheet sheet)
    {
        var own = sheet.Codes.Where(codes => codes.Key == sheet.Arm).ToDictionary();
        foreach (var codes in new[] { sheet.Codes, own, new Dictionary<string, PresetCodes>() })
        {
            if (codes.Values.Sum(each => (long)each.Base64.Length) > TakeSheetLimits.MaxBytes) continue;
            var bytes = JsonSerializer.SerializeToUtf8Bytes(sheet with { SchemaVersion = LayoutOf(sheet.Take.Settings), Take = Portable(sheet.Take), Codes = codes }, JsonDefaults.Lines);
            if (bytes.Length <= TakeSheetLimits.MaxBytes) return bytes;
        }
        throw new UserException(FormattableString.Invariant($"The settings of “{sheet.Name}” have more than {TakeSheetLimits.MaxBytes:N0} bytes: they do not fit into a WAV file."));
    }

    /// <summary>Reads the settings in a WAV file; null: it carries none.</summary>
    /// <param name="stream">At the file's beginning.</param>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <exception cref="UserException">It is not a WAV file, or what it carries is not valid; the message names the file and the field.</exception>
    public static async Task<TakeSheet?> ReadAsync(Stream stream, string file, CancellationToken ct) =>
        await WavChunk.ReadAsync(stream, file, TakeSheetLimits.Chunk, TakeSheetLimits.MaxBytes, ct) is { } bytes ? Parse(bytes, file) : null;

    /// <summary>Reads the content of the chunk.</summary>
    /// <exception cref="UserException">It is not valid; the message names the file and the field.</exception>
    public static TakeSheet Parse(ReadOnlyMemory<byte> bytes, string file)
    {
        if (bytes.Length > TakeSheetLimits.MaxBytes) throw new UserException(FormattableString.Invariant($"{file}: its settings have {bytes.Length:N0} bytes; {TakeSheetLimits.MaxBytes:N0} is the most."));
        try
        {
            using var json = JsonDocument.Parse(bytes);
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw new UserException($"{file}: its settings are not a JSON object: the file was changed.");
            Layout(json.RootElement, file);
            PresetFields.Check(json.RootElement, typeof(TakeSheet), file, Kind);
            var sheet = json.RootElement.Deserialize<TakeSheet>(JsonDefaults.Data)!;
            TakeSheetChecks.Check(sheet, file);
            return sheet;
        }
        catch (JsonException error)
        {
            throw new UserException($"{file}: its settings cannot be read: {JsonFile.Reason(error, typeof(TakeSheet))}", error);
        }
        catch (InvalidOperationException error)
        {
            // Half a surrogate pair, or other text that is not valid Unicode.
            throw new UserException($"{file} holds text that is not valid Unicode.", error);
        }
    }

    /// <summary>The take without what belongs to one machine: folders by their names alone, no errors, no count of hook calls.</summary>
    public static TakeManifest Portable(TakeManifest take)
    {
        var settings = take.Settings;
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        return take with
        {
            Error = null,
            Ended = null,
            HookCalls = 0,
            Saes = take.Saes is { } saes ? [.. saes.Select(sae => sae with { Path = Name(sae.Path)! })] : null,
            Settings = settings with
            {
                ModelPath = FolderName(settings.ModelPath),
                SaePath = Name(settings.SaePath),
                Preview = false,
                Continue = settings.Continue is { } given ? given with { File = null } : null,
                Melody = settings.Melody is { } melody ? melody with { File = null } : null,
                Steers = [.. settings.Steers.Select(steer => steer with { SaePath = Name(steer.SaePath), Condition = steer.Condition is { } condition ? condition with { Sae = Name(condition.Sae) } : null })],
            },
        };

        // Two folders of one name stay two.
        string? Name(string? path)
        {
            if (path is null) return null;
            if (names.TryGetValue(path, out var known)) return known;
            var name = FolderName(path);
            for (var number = 2; names.ContainsValue(name); number++) name = FormattableString.Invariant($"{FolderName(path)} {number}");
            return names[path] = name;
        }
    }

    // The oldest that knows every field, so that older programs can read it.
    private static int LayoutOf(TakeSettings settings) => settings.Continue is not null || settings.Melody is not null ? 2 : 1;

    private static string FolderName(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(path.Replace('\\', '/')));

    // The version is checked first: a newer layout's fields would look like typing errors.
    private static void Layout(JsonElement root, string file)
    {
        if (!root.TryGetProperty("schemaVersion", out var version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var layout) || layout < 1)
            throw new UserException($"{file}: its settings do not say which layout they have: the file was changed.");
        if (layout > SchemaVersion) throw new UserException($"{file}: its settings have layout {layout}, this program knows up to {SchemaVersion}. Update the program.");
    }
}

/// <summary>Checks the values of a sheet. Each error names the file, the field and the allowed values.</summary>
internal static class TakeSheetChecks
{
    public static void Check(TakeSheet sheet, string file)
    {
        PersonText.Name(sheet.Name, $"{file}: name", PersonText.MaxName);
        PresetChecks.Credits(sheet.Author, sheet.Licence, "", file);
        PresetChecks.Word(sheet.Arm, TakeArms.All, "arm", file);
        var take = sheet.Take;
        if (!Ids.IsValid("take", take.Id)) throw new UserException($"{file}: take.id is “{PresetFields.Shown(take.Id)}”, which is not a take's id.");
        Folder(take.Settings.ModelPath, "take.settings.modelPath", file);
        Folder(take.Settings.SaePath, "take.settings.saePath", file);
        foreach (var steer in take.Settings.Steers)
        {
            Folder(steer.SaePath, "take.settings.steers.saePath", file);
            Folder(steer.Condition?.Sae, "take.settings.steers.condition.sae", file);
        }
        PresetChecks.Range(take.Saes?.Count ?? 0, 0, TakeLimits.MaxSaes, "the number of take.saes", file);
        foreach (var each in take.Saes ?? [])
        {
            Folder(each.Path, "take.saes.path", file);
            PresetChecks.Hash(each.WeightsHash, "take.saes.weightsHash", file);
            PresetChecks.Hook(each.Hook, "take.saes.hook", file);
        }
        if (take.Ended is not null) throw new UserException($"{file}: take.ended belongs to the machine that made the take. Remove it.");
        PresetChecks.Take(take.Settings, "take.settings.", file);
        PresetChecks.Length(take.Settings.Continue, take.FrameRate, "take.settings.continue", file);
        foreach (var arm in take.Settings.Arms) PresetChecks.Word(arm, TakeArms.All, "take.settings.arms", file);
        if (take.Settings.Arms.Distinct().Count() != take.Settings.Arms.Count || take.Settings.Arms.Count == 0) throw new UserException($"{file}: take.settings.arms should name each arm once.");
        if (take.ModelHash is { } model) PresetChecks.Hash(model, "take.modelHash", file);
        if (take.CodecHash is { } codec) PresetChecks.Hash(codec, "take.codecHash", file);
        if (take.SaeHash is { } sae) PresetChecks.Hash(sae, "take.saeHash", file);
        if (take.Hook is { } hook) PresetChecks.Hook(hook, "take.hook", file);
        PresetChecks.Range(take.SampleRate, 0, WavHeader.HighestRate, "take.sampleRate", file);
        PresetChecks.Range(take.FrameRate, 0, PresetLimits.MaxFrameRate, "take.frameRate", file);
        if (take.Window is { } window) PresetChecks.Range(window, 1, PresetLimits.MaxFrames, "take.window", file);
        if (take.Stride is { } stride) PresetChecks.Range(stride, 1, PresetLimits.MaxFrames, "take.stride", file);
        PresetChecks.Range(take.Samples, 0, uint.MaxValue, "take.samples", file);
        PresetChecks.Range(sheet.Labels.Count, 0, PresetLimits.MaxSteers, "the number of labels", file);
        foreach (var label in sheet.Labels)
        {
            PresetChecks.Range(label.Feature, 0, PresetLimits.MaxFeature, "labels.feature", file);
            PersonText.Name(label.Text, $"{file}: labels.text", PresetLimits.MaxLabel);
        }
        foreach (var (arm, codes) in sheet.Codes)
        {
            PresetChecks.Word(arm, TakeArms.All, "codes", file);
            Codes(codes, $"codes.{arm}", file);
        }
        if (sheet.Codes.Values.Select(codes => (codes.Codebooks, codes.Frames)).Distinct().Count() > 1) throw new UserException($"{file}: the codes of its arms are of different sizes: the file was changed.");
    }

    /// <summary>The codes of one arm.</summary>
    /// <exception cref="UserException">They are damaged, or of another size than they say.</exception>
    public static CodeGrid Codes(PresetCodes codes, string field, string file)
    {
        PresetChecks.Range(codes.Codebooks, 1, PresetLimits.MaxCodebooks, $"{field}.codebooks", file);
        var grid = CodeGrid.FromBase64(codes.Base64, codes.Codebooks, $"{file}: {field}");
        if (grid.Frames != codes.Frames || grid.Frames is 0 or > PresetLimits.MaxFrames) throw new UserException($"{file}: {field} holds {grid.Frames} frames; {field}.frames says {codes.Frames}.");
        PresetChecks.Codes(grid, field, file);
        return grid;
    }

    // A name, for people: never a path that something could be read from.
    private static void Folder(string? name, string field, string file)
    {
        PersonText.Line(name, $"{file}: {field}", PersonText.MaxName);
        if (name?.AsSpan().IndexOfAny('/', '\\') >= 0) throw new UserException($"{file}: {field} is “{PresetFields.Shown(name)}”; it should be a folder's name, without a path.");
    }
}

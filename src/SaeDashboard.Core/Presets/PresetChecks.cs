using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using SaeDashboard.Core.Data;

namespace SaeDashboard.Core.Presets;

/// <summary>Checks a preset's values. Each error names the file, the field and the allowed values.</summary>
internal static partial class PresetChecks
{
    private static readonly IReadOnlyList<string> Modes = EnumJson.All<SteerMode>();
    private static readonly IReadOnlyList<string> RowWords = EnumJson.All<SteerRows>();

    /// <exception cref="UserException">A value is not allowed.</exception>
    public static void Check(SteeringPreset preset, string file)
    {
        Settings(preset, file);
        Arms(preset, file);
    }

    /// <summary>Checks everything but the codes.</summary>
    /// <exception cref="UserException">A value is not allowed.</exception>
    public static void Settings(SteeringPreset preset, string file)
    {
        PersonText.Name(preset.Name, $"{file}: name", PersonText.MaxName);
        PersonText.Lines(preset.Description, $"{file}: description", PresetLimits.MaxDescription);
        PersonText.Lines(preset.Prompt, $"{file}: prompt", PresetLimits.MaxPrompt);
        Range(preset.Frames, 1, PresetLimits.MaxFrames, "frames", file);
        Range(preset.Guidance, 0, PresetLimits.MaxGuidance, "guidance", file);
        if (!(preset.Temperature > 0)) throw Wrong(file, "temperature", preset.Temperature, $"a number above 0, at most {PresetLimits.MaxTemperature}");
        Range(preset.Temperature, 0, PresetLimits.MaxTemperature, "temperature", file);
        Range(preset.TopK, 0, PresetLimits.MaxTopK, "topK", file);
        if (!(preset.TopP > 0 && preset.TopP <= 1)) throw Wrong(file, "topP", preset.TopP, "above 0 and at most 1");
        if (preset.Window is { } window) Range(window, 1, PresetLimits.MaxFrames, "window", file);
        if (preset.Stride is { } stride) Range(stride, 1, PresetLimits.MaxFrames, "stride", file);
        Range(preset.Piece, 0, PresetLimits.MaxBatch - 1, "piece", file);
        Word(preset.Rows, RowWords, "rows", file);
        Sae(preset.Sae, file);
        Model(preset.Model, file);
        Steers(preset.Steers, file);
    }

    private static void Sae(PresetSae sae, string file)
    {
        PersonText.Line(sae.Name, $"{file}: sae.name", PersonText.MaxName);
        Hash(sae.WeightsHash, "sae.weightsHash", file);
        if (!HookName().IsMatch(sae.Hook))
            throw new UserException($"{file}: sae.hook is “{PresetFields.Shown(sae.Hook)}”; it should name a place in the model, such as layers.4.resid_post.");
    }

    private static void Model(PresetModel model, string file)
    {
        PersonText.Line(model.Name, $"{file}: model.name", PersonText.MaxName);
        Hash(model.WeightsHash, "model.weightsHash", file);
        Hash(model.CodecHash, "model.codecHash", file);
        if (!(model.FrameRate > 0)) throw Wrong(file, "model.frameRate", model.FrameRate, $"above 0 and at most {PresetLimits.MaxFrameRate} Hz");
        Range(model.FrameRate, 0, PresetLimits.MaxFrameRate, "model.frameRate", file);
    }

    private static void Steers(IReadOnlyList<PresetSteer> steers, string file)
    {
        if (steers.Count > PresetLimits.MaxSteers)
            throw new UserException($"{file}: steers has {steers.Count} entries; a preset turns at most {PresetLimits.MaxSteers} features.");
        for (var i = 0; i < steers.Count; i++)
        {
            var steer = steers[i];
            Range(steer.Feature, 0, PresetLimits.MaxFeature, $"steers[{i}].feature", file);
            Range(steer.Strength, -PresetLimits.MaxStrength, PresetLimits.MaxStrength, $"steers[{i}].strength", file);
            Word(steer.Mode, Modes, $"steers[{i}].mode", file);
            Range(steer.P99, 0, PresetLimits.MaxP99, $"steers[{i}].p99", file);
        }
    }

    private static void Arms(SteeringPreset preset, string file)
    {
        foreach (var arm in preset.Arms.Keys)
        {
            if (arm is not (PresetArms.Baseline or PresetArms.Steered))
                throw new UserException($"{file}: arms holds “{PresetFields.Shown(arm)}”; a preset has the arms baseline and steered.");
        }
        foreach (var arm in new[] { PresetArms.Baseline, PresetArms.Steered })
        {
            if (!preset.Arms.TryGetValue(arm, out var codes)) throw new UserException($"{file}: arms.{arm} is missing: a preset carries the codes of both.");
            Range(codes.Codebooks, 1, PresetLimits.MaxCodebooks, $"arms.{arm}.codebooks", file);
            if (codes.Codebooks != preset.Arms[PresetArms.Baseline].Codebooks)
                throw new UserException($"{file}: arms.{arm}.codebooks is {codes.Codebooks}, the other arm's is {preset.Arms[PresetArms.Baseline].Codebooks}.");
            Codes(PresetFile.Codes(preset, arm, file), arm, file);
        }
    }

    private static void Codes(CodeGrid grid, string arm, string file)
    {
        for (var codebook = 0; codebook < grid.Codebooks; codebook++)
        {
            var row = grid.Codebook(codebook);
            var at = row.IndexOfAnyInRange((short)(PresetLimits.MaxCode + 1), short.MaxValue);
            if (at >= 0)
                throw new UserException($"{file}: arms.{arm} holds the code {row[at]} (codebook {codebook}, frame {at}); codes are 0 to {PresetLimits.MaxCode}. The file was changed, or another codec made it.");
        }
    }

    private static void Hash(string hash, string field, string file)
    {
        if (!Sha256().IsMatch(hash))
            throw new UserException($"{file}: {field} is “{PresetFields.Shown(hash)}”; it should be a SHA-256: 64 digits of 0-9 and a-f.");
    }

    private static void Word(string word, IReadOnlyList<string> known, string field, string file)
    {
        if (!known.Contains(word, StringComparer.Ordinal))
            throw new UserException($"{file}: {field} is “{PresetFields.Shown(word)}”; it may be {string.Join(", ", known)}.");
    }

    private static void Range(double value, double least, double most, string field, string file)
    {
        if (!(value >= least && value <= most)) throw Wrong(file, field, value, string.Create(CultureInfo.InvariantCulture, $"{least:#,0.###} to {most:#,0.###}"));
    }

    private static UserException Wrong(string file, string field, double value, FormattableString may) =>
        Wrong(file, field, value, FormattableString.Invariant(may));

    private static UserException Wrong(string file, string field, double value, string may) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{file}: {field} is {value}; it may be {may}."));

    [GeneratedRegex("^[0-9a-f]{64}$", RegexOptions.None, 1000)]
    private static partial Regex Sha256();

    [GeneratedRegex(@"^[a-z][a-z_]{0,31}(\.[a-z0-9_]{1,32}){1,4}$", RegexOptions.None, 1000)]
    private static partial Regex HookName();
}

/// <summary>
/// Checks a JSON value against the fields of its record before it is read: an unknown field is a typing error or means another program's
/// file, and ignoring it would play something other than its author meant.
/// </summary>
internal static class PresetFields
{
    /// <summary>Checks that every field is known, none is duplicated and no required field is missing; the error names the field.</summary>
    public static void Check(JsonElement value, Type type, string file) => Check(value, JsonDefaults.Data.GetTypeInfo(type), "", file);

    private static void Check(JsonElement value, JsonTypeInfo type, string at, string file)
    {
        if (type.Kind == JsonTypeInfoKind.Object && value.ValueKind == JsonValueKind.Object) Fields(value, type, at, file);
        else if (type.Kind == JsonTypeInfoKind.Enumerable && value.ValueKind == JsonValueKind.Array) Items(value, Element(type), at, file);
        else if (type.Kind == JsonTypeInfoKind.Dictionary && value.ValueKind == JsonValueKind.Object) Entries(value, Element(type), at, file);
    }

    private static void Fields(JsonElement value, JsonTypeInfo type, string at, string file)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in value.EnumerateObject())
        {
            var place = Join(at, field.Name);
            var known = type.Properties.FirstOrDefault(each => each.Name == field.Name) ?? throw Unknown(field.Name, place, type, at, file);
            if (!seen.Add(field.Name)) throw new UserException($"{file}: the field “{place}” is there twice. Remove one.");
            Check(field.Value, JsonDefaults.Data.GetTypeInfo(known.PropertyType), place, file);
        }
        foreach (var field in type.Properties)
        {
            // A positional record's parameters have no default: a missing one would silently be 0 or null.
            var wanted = field.IsRequired || field.AssociatedParameter is { HasDefaultValue: false, IsMemberInitializer: false };
            if (wanted && !seen.Contains(field.Name)) throw new UserException($"{file}: the field “{Join(at, field.Name)}” is missing.");
        }
    }

    private static UserException Unknown(string name, string place, JsonTypeInfo type, string at, string file)
    {
        var known = type.Properties.Select(each => each.Name).ToArray();
        var meant = Spelling.Nearest(name, known) is { } near ? $"did you mean “{near}”?" : $"{(at.Length == 0 ? "a preset" : at)} has {string.Join(", ", known)}.";
        return new UserException($"{file}: there is no field “{Shown(place)}” in a preset. Remove it, or correct its name; {meant}");
    }

    private static void Items(JsonElement value, JsonTypeInfo type, string at, string file)
    {
        var number = 0;
        foreach (var item in value.EnumerateArray())
        {
            var place = $"{at}[{number++}]";
            if (item.ValueKind == JsonValueKind.Null) throw new UserException($"{file}: {place} is null.");
            Check(item, type, place, file);
        }
    }

    private static void Entries(JsonElement value, JsonTypeInfo type, string at, string file)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in value.EnumerateObject())
        {
            var place = Join(at, entry.Name);
            if (!seen.Add(entry.Name)) throw new UserException($"{file}: “{Shown(place)}” is there twice. Remove one.");
            if (entry.Value.ValueKind == JsonValueKind.Null) throw new UserException($"{file}: {Shown(place)} is null.");
            Check(entry.Value, type, place, file);
        }
    }

    private static JsonTypeInfo Element(JsonTypeInfo type) => JsonDefaults.Data.GetTypeInfo(type.ElementType!);

    private static string Join(string at, string name) => at.Length == 0 ? name : $"{at}.{name}";

    /// <summary>Untrusted text for a message: short, on one line.</summary>
    internal static string Shown(string text)
    {
        var line = new string(text.Select(letter => char.IsControl(letter) ? ' ' : letter).ToArray());
        return line.Length <= 80 ? line : line[..80] + "…";
    }
}

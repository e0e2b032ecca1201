using System.Globalization;
using System.Text.RegularExpressions;
using SaeDashboard.Core.Data;

namespace SaeDashboard.Core.Presets;

/// <summary>Checks a preset's values. Each error names the file, the field and the allowed values.</summary>
internal static partial class PresetChecks
{
    internal static readonly IReadOnlyList<string> Modes = EnumJson.All<SteerMode>();
    internal static readonly IReadOnlyList<string> RowWords = EnumJson.All<SteerRows>();

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
        Credits(preset.Author, preset.Licence, "", file);
        if (preset.Parent is { } parent)
        {
            Hash(parent.Content, "parent.content", file);
            PersonText.Name(parent.Name, $"{file}: parent.name", PersonText.MaxName);
            PersonText.Line(parent.Author, $"{file}: parent.author", PersonText.MaxName);
        }
        if (preset.Window is { } window) Range(window, 1, PresetLimits.MaxFrames, "window", file);
        // The same rules hold for a take; only the folders' names are not the preset's.
        Take(PresetSettings.ToTake(preset, "", ""), "", file);
        Sae(preset.Sae, "sae", file);
        Others(preset, file);
        Model(preset.Model, file);
        Length(preset.Continue, preset.Model.FrameRate, "continue", file);
        Steers(preset.Steers, file);
    }

    /// <summary>Checks who made it and under which licence it is.</summary>
    /// <exception cref="UserException">A value is not allowed.</exception>
    internal static void Credits(string? author, string? licence, string at, string file)
    {
        PersonText.Line(author, $"{file}: {at}author", PersonText.MaxName);
        if (licence is not null && !PresetLicences.Knows(licence))
            throw new UserException($"{file}: {at}licence is “{PresetFields.Shown(licence)}”; it may be {string.Join(", ", PresetLicences.All.Select(each => each.Id))}, or be left out.");
    }

    /// <summary>Checks what decides how a take sounds; a preset keeps the same.</summary>
    /// <param name="take">The settings. The folders' paths are not looked at.</param>
    /// <param name="at">What the fields are in, with a dot; empty: nothing.</param>
    /// <param name="file">The file's name, for the message.</param>
    /// <exception cref="UserException">A value is not allowed.</exception>
    internal static void Take(TakeSettings take, string at, string file)
    {
        PersonText.Lines(take.Prompt, $"{file}: {at}prompt", PresetLimits.MaxPrompt);
        Range(take.Frames, 1, PresetLimits.MaxFrames, at + "frames", file);
        Range(take.Guidance, 0, PresetLimits.MaxGuidance, at + "guidance", file);
        if (!(take.Temperature > 0)) throw Wrong(file, at + "temperature", take.Temperature, $"a number above 0, at most {PresetLimits.MaxTemperature}");
        Range(take.Temperature, 0, PresetLimits.MaxTemperature, at + "temperature", file);
        Range(take.TopK, 0, PresetLimits.MaxTopK, at + "topK", file);
        if (!(take.TopP > 0 && take.TopP <= 1)) throw Wrong(file, at + "topP", take.TopP, "above 0 and at most 1");
        // The longest window there is, as a preset without one asks for, is any number above it.
        if (take.Window is { } window) Range(window == int.MaxValue ? 1 : window, 1, PresetLimits.MaxFrames, at + "window", file);
        if (take.Stride is { } stride) Range(stride, 1, PresetLimits.MaxFrames, at + "stride", file);
        Range(take.Piece, 0, PresetLimits.MaxBatch - 1, at + "piece", file);
        Word(take.Rows, RowWords, at + "rows", file);
        if (take.Steers.Count > PresetLimits.MaxSteers)
            throw new UserException($"{file}: {at}steers has {take.Steers.Count} entries; a preset turns at most {PresetLimits.MaxSteers} features.");
        for (var i = 0; i < take.Steers.Count; i++)
        {
            var steer = take.Steers[i];
            Range(steer.Feature, 0, PresetLimits.MaxFeature, $"{at}steers[{i}].feature", file);
            Range(steer.Strength, -PresetLimits.MaxStrength, PresetLimits.MaxStrength, $"{at}steers[{i}].strength", file);
            Word(steer.Mode, Modes, $"{at}steers[{i}].mode", file);
            Range(steer.P99, 0, PresetLimits.MaxP99, $"{at}steers[{i}].p99", file);
            if (steer.Condition is { } condition) Range(condition.Feature, 0, PresetLimits.MaxFeature, $"{at}steers[{i}].condition.feature", file);
        }
        Sound(take.Continue, take.Continue?.Codes, $"{at}continue", "codes", file);
        Sound(take.Melody, take.Melody?.Chroma, $"{at}melody", "chroma", file);
        // Envelopes, conditions, moves, controls: the rules that the worker holds takes to.
        if (TakeRules.Problem(take) is { } problem) throw new UserException($"{file}: {problem}");
    }

    // A stranger's file names no file to read, and has what the model was given: a clip or a take of that name may be another one here, or none.
    private static void Sound(TakeSound? sound, string? used, string field, string holds, string file)
    {
        if (sound is null) return;
        if (sound.File is not null) throw new UserException($"{file}: {field}.file belongs to the machine that made the take. Remove it.");
        if (used is null)
            throw new UserException($"{file}: {field}.{holds} is missing: it is what the model was given of “{PresetFields.Shown(sound.Name ?? sound.Source ?? "")}”, and without it the sound cannot be made again. Export it again where it was made.");
        PersonText.Line(sound.Source, $"{file}: {field}.source", TakeLimits.MaxSoundName);
        PersonText.Line(sound.Name, $"{file}: {field}.name", TakeLimits.MaxSoundName);
        if (sound.Hash is { } hash) Hash(hash, $"{field}.hash", file);
        if (sound is { Codes: { } codes, Codebooks: > 0 and <= PresetLimits.MaxCodebooks }) Codes(CodeGrid.FromBase64(codes, sound.Codebooks, $"{file}: {field}"), field, file);
    }

    /// <summary>A continued sound is no longer than what its codes hold: pages say its length.</summary>
    /// <param name="sound">The sound; null: none.</param>
    /// <param name="frameRate">Frames a second; 0: not known.</param>
    /// <param name="field">Where it is in the file.</param>
    /// <param name="file">The file, for the message.</param>
    internal static void Length(TakeSound? sound, double frameRate, string field, string file)
    {
        if (sound is null || !(frameRate > 0)) return;
        var held = sound.CountFrames() / frameRate;
        // A part begins and ends on whole frames.
        if (sound.Seconds > held + 1 / frameRate + 0.005) throw Wrong(file, $"{field}.seconds", sound.Seconds, FormattableString.Invariant($"at most the {held:0.##} s that its codes hold"));
    }

    private static void Sae(PresetSae sae, string field, string file)
    {
        PersonText.Line(sae.Name, $"{file}: {field}.name", PersonText.MaxName);
        Hash(sae.WeightsHash, $"{field}.weightsHash", file);
        Hook(sae.Hook, $"{field}.hook", file);
    }

    /// <summary>The further SAEs: each named once, and every one that a steer names is there.</summary>
    private static void Others(SteeringPreset preset, string file)
    {
        var saes = preset.Saes ?? [];
        Range(saes.Count, 0, TakeLimits.MaxSaes, "the number of saes", file);
        for (var i = 0; i < saes.Count; i++) Sae(saes[i], $"saes[{i}]", file);
        for (var i = 0; i < preset.Steers.Count; i++)
        {
            foreach (var hash in new[] { preset.Steers[i].Sae, preset.Steers[i].Condition?.Sae }.OfType<string>())
            {
                Hash(hash, $"steers[{i}].sae", file);
                if (hash != preset.Sae.WeightsHash && saes.All(sae => sae.WeightsHash != hash)) throw new UserException($"{file}: steers[{i}] names the SAE {hash[..12]}…, which is not among saes. Add it, with its name and hook.");
            }
        }
    }

    internal static void Hook(string hook, string field, string file)
    {
        if (!HookName().IsMatch(hook))
            throw new UserException($"{file}: {field} is “{PresetFields.Shown(hook)}”; it should name a place in the model, such as layers.4.resid_post.");
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
        for (var i = 0; i < steers.Count; i++)
        {
            PersonText.Line(steers[i].Label, $"{file}: steers[{i}].label", PresetLimits.MaxLabel);
            if (steers[i].Direction is { } direction) DecoderDirection.FromBase64(direction, $"{file}: steers[{i}].direction");
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
            Codes(PresetFile.Codes(preset, arm, file), $"arms.{arm}", file);
        }
    }

    internal static void Codes(CodeGrid grid, string field, string file)
    {
        for (var codebook = 0; codebook < grid.Codebooks; codebook++)
        {
            var row = grid.Codebook(codebook);
            var at = row.IndexOfAnyInRange((short)(PresetLimits.MaxCode + 1), short.MaxValue);
            if (at >= 0)
                throw new UserException($"{file}: {field} holds the code {row[at]} (codebook {codebook}, frame {at}); codes are 0 to {PresetLimits.MaxCode}. The file was changed, or another codec made it.");
        }
    }

    internal static void Hash(string hash, string field, string file)
    {
        if (!Sha256().IsMatch(hash))
            throw new UserException($"{file}: {field} is “{PresetFields.Shown(hash)}”; it should be a SHA-256: 64 digits of 0-9 and a-f.");
    }

    internal static void Word(string word, IReadOnlyList<string> known, string field, string file)
    {
        if (!known.Contains(word, StringComparer.Ordinal))
            throw new UserException($"{file}: {field} is “{PresetFields.Shown(word)}”; it may be {string.Join(", ", known)}.");
    }

    internal static void Range(double value, double least, double most, string field, string file)
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

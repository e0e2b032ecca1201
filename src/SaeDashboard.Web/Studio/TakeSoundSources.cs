using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Sounds;

namespace SaeDashboard.Web.Studio;

/// <summary>Sounds of the site that a take can continue, or whose melody it can follow: clips, arms of takes, sounds that were brought.</summary>
public sealed class TakeSoundSources(FeatureCatalog features, TakeFolders folders, TemporarySounds sounds)
{
    /// <summary>Seconds of a chosen sound that are continued at first.</summary>
    public const double ContinuedSeconds = 3;

    /// <summary>Seconds of a chosen sound whose melody is followed at first; a model may use less.</summary>
    public const double MelodySeconds = 30;

    /// <summary>A sound that a person brought.</summary>
    public static TakeSound Of(BroughtSound sound, double most)
    {
        ArgumentNullException.ThrowIfNull(sound);
        return new() { Source = new BroughtSource(sound.Id).Key, Name = Short(sound.Name), Seconds = Math.Min(sound.Seconds, most) };
    }

    /// <summary>A clip of the dataset of an SAE's index; its source names both.</summary>
    public static TakeSound Of(FeatureSet set, Clip clip, double most)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(clip);
        return new() { Source = $"{new ClipSource(clip.Row).Key}@{set.DatasetId}", Name = Short(clip.Caption ?? clip.Id), Seconds = Math.Min(clip.Seconds, most) };
    }

    /// <summary>An arm of a take.</summary>
    public static TakeSound Of(TakeView take, string arm, double most)
    {
        ArgumentNullException.ThrowIfNull(take);
        return new() { Source = new TakeSource(take.Id, arm).Key, Name = Short($"{take.Name}, {TakeArms.Word(arm)}"), Seconds = Math.Min(take.Seconds, most) };
    }

    /// <summary>Another part of a sound: what was kept of the part before does not belong to it.</summary>
    public static TakeSound Part(TakeSound sound, double start, double seconds)
    {
        ArgumentNullException.ThrowIfNull(sound);
        return (sound.Start, sound.Seconds) == (start, seconds) ? sound : sound with { Start = start, Seconds = seconds, Codes = null, Codebooks = 0, Chroma = null, Hash = null, File = null };
    }

    /// <summary>Whether two are the same part of the same sound; where both say what the model was given, whether that is equal.</summary>
    public static bool Same(TakeSound? a, TakeSound? b) => a is null || b is null ? a is null == b is null
        : a.Hash is { } one && b.Hash is { } other ? one == other : (a.Source, a.Start, a.Seconds) == (b.Source, b.Start, b.Seconds);

    /// <summary>"“Taiko” (0 to 3 s)".</summary>
    public static string Words(TakeSound sound)
    {
        ArgumentNullException.ThrowIfNull(sound);
        return string.Create(CultureInfo.InvariantCulture, $"“{sound.Name ?? sound.Source}” ({sound.Start:0.##} to {sound.Start + sound.Seconds:0.##} s)");
    }

    /// <summary>The set-up with what the worker needs of its sounds: codes, or the file of a sound that was brought. Away from the page's thread.</summary>
    /// <exception cref="UserException">A sound is not here any more, or is another codec's.</exception>
    public Task<StudioDraft> ResolveAsync(StudioDraft draft, CatalogModel? model) => draft is { Continue: null, Melody: null } ? Task.FromResult(draft) : Task.Run(() => draft with
    {
        Continue = draft.Continue is { } given ? Resolve(given, draft.Sae, model) : null,
        Melody = draft.Melody is { } melody ? Resolve(melody, draft.Sae, model) : null,
    });

    private TakeSound Resolve(TakeSound sound, string? saeId, CatalogModel? model)
    {
        if (sound.Codes is not null || sound.Chroma is not null) return sound;
        var at = sound.Source.IndexOf('@', StringComparison.Ordinal);
        return SoundSource.Parse(at < 0 ? sound.Source : sound.Source[..at]) switch
        {
            BroughtSource brought => sound with { File = sounds.PathOf(brought.Id) ?? throw Gone(sound, "sounds that were brought are kept for a while only; drop it again") },
            ClipSource clip => Codes(sound, ClipCodes(sound, clip, at < 0 ? null : sound.Source[(at + 1)..], saeId, out var rate), rate, model),
            TakeSource take => Codes(sound, TakeCodes(sound, take, model, out var rate), rate, model),
            _ => throw Gone(sound, "choose another sound"),
        };
    }

    private CodeGrid ClipCodes(TakeSound sound, ClipSource source, string? dataset, string? saeId, out double rate)
    {
        if (saeId is null || features.Open(saeId) is not { Clips: { } clips } set || set.DatasetId != dataset || set.Clip(source.Row) is not { } clip)
            throw Gone(sound, "it is a clip of another dataset than that of the SAE in the rack; choose another sound");
        rate = set.Index.Info.FrameRate;
        // Without what pads a short clip.
        return clips.Codes(clip).Slice(0, clips.MusicFrames(clip, rate));
    }

    private CodeGrid TakeCodes(TakeSound sound, TakeSource source, CatalogModel? model, out double rate)
    {
        if (folders.Find(source.Take) is not { } take || take.Folder.ReadCodes(source.Arm) is not { } codes) throw Gone(sound, "the take was deleted, or is not whole; choose another sound");
        if (model?.CodecHash is { } codec && take.Manifest.CodecHash is { } made && codec != made) throw Gone(sound, "it was made with another codec than the rack's model has; choose another sound");
        rate = take.Manifest.FrameRate;
        return codes;
    }

    private static TakeSound Codes(TakeSound sound, CodeGrid codes, double rate, CatalogModel? model)
    {
        // One channel or two of the same codec.
        if (model is { Codebooks: > 0 and var wanted } && wanted != codes.Codebooks)
            throw Gone(sound, $"it has {codes.Codebooks} codes a frame and “{model.Name}” {wanted}; download it and drop the WAV file here");
        var from = (int)Math.Round(sound.Start * rate);
        if (from >= codes.Frames) throw new UserException(string.Create(CultureInfo.InvariantCulture, $"“{sound.Name ?? sound.Source}” has {codes.Frames / rate:0.##} s: nothing is there at {sound.Start:0.##} s. Begin earlier."));
        var part = codes.Slice(from, Math.Min(codes.Frames - from, Math.Max(1, (int)Math.Round(sound.Seconds * rate))));
        return sound with { Codebooks = part.Codebooks, Codes = part.ToBase64(), File = null };
    }

    private static UserException Gone(TakeSound sound, string why) => new($"“{sound.Name ?? sound.Source}” cannot be used here: {why}.");

    private static string Short(string name) => name.Length <= 100 ? name : name[..100] + "…";
}

using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace SaeDashboard.Contracts;

/// <summary>
/// A sound that a take continues, or whose melody it follows. What the model was given of it is kept with its hash when the take begins, so that the
/// take can be made again after the sound is gone.
/// </summary>
public sealed record TakeSound
{
    /// <summary>Where it was taken from: <c>clip-12</c>, <c>take-….C</c>, or <c>sound-…</c> with the beginning of the SHA-256 of a sound that was
    /// brought. For people; nothing is read from it by the worker.</summary>
    public required string Source { get; init; }

    /// <summary>What it is called; null: not said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    /// <summary>Where in it the part begins that is used, seconds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Start { get; init; }

    /// <summary>How long that part is, seconds; of a sound that is shorter, what there is.</summary>
    public required double Seconds { get; init; }

    /// <summary>Codebooks of <see cref="Codes"/>; 0 without codes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Codebooks { get; init; }

    /// <summary>The codes of that part: int16 little-endian, codebook by codebook, base64. Of a sound to continue they are the beginning of every
    /// arm; of a melody they are what the worker takes it from.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Codes { get; init; }

    /// <summary>The melody: the strongest pitch class of each chroma frame, a byte each (0 is C), base64.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Chroma { get; init; }

    /// <summary>SHA-256 of the bytes of <see cref="Codes"/>, or of <see cref="Chroma"/> where that is there; lower-case hex. Null until the take
    /// begins.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Hash { get; init; }

    /// <summary>A WAV file in the data folder that the worker takes it from when the take begins; null then, and where codes are given.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? File { get; init; }

    /// <summary>Frames of <see cref="Codes"/>; 0 without.</summary>
    public int CountFrames() => Codebooks > 0 && Bytes(Codes) is { } bytes ? bytes.Length / (sizeof(short) * Codebooks) : 0;

    /// <summary>What a base64 text says; null: it is none.</summary>
    internal static byte[]? Bytes(string? base64)
    {
        if (base64 is null || base64.Length > TakeLimits.MaxSoundText) return null;
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : null;
    }
}

/// <summary>The rules of sounds that takes are conditioned on.</summary>
internal static class TakeSoundRules
{
    /// <summary>What is wrong with the sounds of a take; null: nothing.</summary>
    public static string? Problem(TakeSettings settings) =>
        (settings.Continue is { } given ? Problem(given, "continue", "The sound to continue") ?? Continued(given, settings) : null)
        ?? (settings.Melody is { } melody ? Problem(melody, "melody", "The melody") : null);

    private static string? Problem(TakeSound sound, string field, string what)
    {
        if (sound.Source is not { Length: > 0 and <= TakeLimits.MaxSoundName }) return $"{field}.source should name where the sound is from, in up to {TakeLimits.MaxSoundName} characters.";
        if (sound.Name is { Length: > TakeLimits.MaxSoundName }) return $"{field}.name has {sound.Name.Length} characters; at most {TakeLimits.MaxSoundName} are kept.";
        if (sound.Start is not (>= 0 and <= TakeLimits.MaxSoundStart)) return FormattableString.Invariant($"{what} begins at {sound.Start} s: it must be from 0 to {TakeLimits.MaxSoundStart} s.");
        if (sound.Seconds is not (> 0 and <= TakeLimits.MaxSoundSeconds)) return FormattableString.Invariant($"{sound.Seconds} s of {(field == "melody" ? "the melody" : "the sound to continue")} are used: it must be above 0 and at most {TakeLimits.MaxSoundSeconds} s.");
        if (sound.Codebooks is < 0 or > PresetLimits.MaxCodebooks) return $"{field}.codebooks is {sound.Codebooks}: it must be from 1 to {PresetLimits.MaxCodebooks} where codes are given.";
        if (sound.Codes is not null)
        {
            if (sound.Codebooks == 0 || TakeSound.Bytes(sound.Codes) is not { Length: > 0 } codes || codes.Length % (sizeof(short) * sound.Codebooks) != 0)
                return $"{field}.codes are not base64 of {sound.Codebooks} codebooks of equal length: the file was changed or damaged.";
            if (sound.CountFrames() > PresetLimits.MaxFrames) return $"{field}.codes hold {sound.CountFrames()} frames; at most {PresetLimits.MaxFrames} are used.";
        }
        if (sound.Chroma is not null && TakeSound.Bytes(sound.Chroma) is not { Length: > 0 and <= TakeLimits.MaxChroma }) return $"{field}.chroma is not base64 of 1 to {TakeLimits.MaxChroma} pitch classes: the file was changed or damaged.";
        if (sound.Hash is null || (sound.Chroma ?? sound.Codes) is not { } kept) return null;
        return Convert.ToHexStringLower(SHA256.HashData(TakeSound.Bytes(kept)!)) == sound.Hash ? null : $"{what} is another one than its hash says: the file was changed or damaged.";
    }

    private static string? Continued(TakeSound given, TakeSettings settings)
    {
        if (given.Chroma is not null) return "continue.chroma is a melody's: a sound is continued from its codes.";
        return given.CountFrames() < settings.Frames ? null : $"The sound to continue has {given.CountFrames()} frames and the take {settings.Frames}: ask for a longer take, or use less of the sound.";
    }
}

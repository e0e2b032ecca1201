namespace SaeDashboard.Web.Sounds;

/// <summary>Limits of search by sound and of previews: the section <c>Listening</c> of appsettings.json.</summary>
public sealed class ListeningOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Listening";

    /// <summary>Megabytes (2^20 bytes) of the largest file a person may bring.</summary>
    public int MaxMegabytes { get; set; } = 32;

    /// <summary>Seconds that are read of a sound: the rest is left out, and the page says so.</summary>
    public double MaxSeconds { get; set; } = 30;

    /// <summary>Megabytes (2^20 bytes) of temporary sounds in <c>cache/listening</c>; those used longest ago go first.</summary>
    public int CacheMegabytes { get; set; } = 256;

    /// <summary>Previews ("Hear it steered", search by text) that are kept; older ones are deleted.</summary>
    public int Previews { get; set; } = 30;

    /// <summary>What is wrong with a value; null: nothing.</summary>
    public string? Problem =>
        MaxMegabytes is < 1 or > 1024 ? $"{Section}:{nameof(MaxMegabytes)} is {MaxMegabytes}: expected 1 to 1024."
        : MaxSeconds is not (>= 1 and <= 120) ? FormattableString.Invariant($"{Section}:{nameof(MaxSeconds)} is {MaxSeconds}: expected 1 to 120.")
        : CacheMegabytes is < 16 or > 1 << 20 ? $"{Section}:{nameof(CacheMegabytes)} is {CacheMegabytes}: expected 16 to {1 << 20}."
        : Previews is < 1 or > 10_000 ? $"{Section}:{nameof(Previews)} is {Previews}: expected 1 to 10000."
        : null;
}

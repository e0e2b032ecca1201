using System.Globalization;
using SaeDashboard.Core;

namespace SaeDashboard.Web.Sounds;

/// <summary>What is listened to. <see cref="Key"/> names it in addresses of the API.</summary>
public abstract record SoundSource
{
    /// <summary>Its name: letters, digits, hyphens and points.</summary>
    public abstract string Key { get; }

    /// <summary>The source of a name; null: the text is none.</summary>
    public static SoundSource? Parse(string? key)
    {
        if (key is null) return null;
        if (key.StartsWith("sound-", StringComparison.Ordinal)) return TemporarySounds.IsId(key[6..]) ? new BroughtSource(key[6..]) : null;
        if (key.StartsWith("clip-", StringComparison.Ordinal)) return int.TryParse(key.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var row) ? new ClipSource(row) : null;
        return key.Split('.') is [var take, var arm] && Ids.IsValid("take", take) && TakeArms.All.Contains(arm) ? new TakeSource(take, arm) : null;
    }
}

/// <summary>A sound that a person brought: <see cref="TemporarySounds"/>.</summary>
/// <param name="Id">Its id.</param>
public sealed record BroughtSource(string Id) : SoundSource
{
    public override string Key => $"sound-{Id}";
}

/// <summary>A clip of the dataset that the SAE's index was measured on.</summary>
/// <param name="Row">Its row.</param>
public sealed record ClipSource(int Row) : SoundSource
{
    public override string Key => string.Create(CultureInfo.InvariantCulture, $"clip-{Row}");
}

/// <summary>An arm of a take.</summary>
/// <param name="Take">The take's id.</param>
/// <param name="Arm">One of <see cref="TakeArms"/>.</param>
public sealed record TakeSource(string Take, string Arm) : SoundSource
{
    public override string Key => $"{Take}.{Arm}";
}

/// <summary>What the model makes of a prompt: a preview, found again by what it was asked for.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Seconds">Its length.</param>
public sealed record PromptSource(string Prompt, ulong Seed, double Seconds) : SoundSource
{
    // The API names it by its take.
    public override string Key => string.Create(CultureInfo.InvariantCulture, $"prompt {Seed} {Seconds} {Prompt}");
}

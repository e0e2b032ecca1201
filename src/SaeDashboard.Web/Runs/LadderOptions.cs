namespace SaeDashboard.Web.Runs;

/// <summary>How the site measures strength ladders: the section <c>Ladders</c> of appsettings.json. The command line has more settings.</summary>
public sealed class LadderOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Ladders";

    /// <summary>Seeds of the prompt.</summary>
    public int Seeds { get; set; } = RunLadder.DefaultSeeds;

    /// <summary>Length of a clip, seconds.</summary>
    public double Seconds { get; set; } = 5;

    /// <summary>Clips of the dataset that say what music is like.</summary>
    public int ReferenceClips { get; set; } = 100;

    /// <summary>What is wrong with a value; null: nothing.</summary>
    public string? Problem =>
        Seeds is < 3 or > 256 ? $"{Section}:{nameof(Seeds)} is {Seeds}: expected 3 to 256."
        : Seconds is not (>= 0.5 and <= 30) ? FormattableString.Invariant($"{Section}:{nameof(Seconds)} is {Seconds}: expected 0.5 to 30.")
        : ReferenceClips is < 2 or > 1_000_000 ? $"{Section}:{nameof(ReferenceClips)} is {ReferenceClips}: expected 2 to 1000000."
        : null;
}

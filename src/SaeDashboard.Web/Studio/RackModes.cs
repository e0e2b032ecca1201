namespace SaeDashboard.Web.Studio;

/// <summary>What a strip does to its feature.</summary>
public static class RackModes
{
    /// <summary>Adds strength × p99; 0 changes nothing.</summary>
    public const string Add = "add";

    /// <summary>Holds the feature at strength × p99; 0 switches it off.</summary>
    public const string Clamp = "clamp";

    /// <summary>Multiplies it; 1 changes nothing.</summary>
    public const string Scale = "scale";

    /// <summary>Switches it off; has no strength.</summary>
    public const string Ablate = "ablate";

    /// <summary>All of them, in the order a person is offered them, with a line on each.</summary>
    public static IReadOnlyList<(string Mode, string Meaning)> All { get; } =
    [
        (Add, "Adds a constant to the activation"),
        (Clamp, "Sets the activation to a constant"),
        (Scale, "Multiplies the activation by a factor"),
        (Ablate, "Sets the activation to 0"),
    ];
}

using SaeDashboard.Core;

namespace SaeDashboard.Web.Presets;

/// <summary>What “Save as preset” asks for, as it came: any field may be missing.</summary>
/// <param name="TakeId">The take.</param>
/// <param name="Name">What to call the preset.</param>
/// <param name="Description">What it does; may be missing.</param>
public sealed record NewPreset(string? TakeId, string? Name, string? Description)
{
    /// <summary>The fields that must be there.</summary>
    /// <exception cref="UserException">One is missing; the message names it.</exception>
    public (string TakeId, string Name) Required() => (Given(TakeId, "takeId", "the id of a finished take"), Given(Name, "name", "what to call the preset"));

    private static string Given(string? value, string field, string what) =>
        value ?? throw new UserException($"The field \"{field}\" is missing or null: expected {what}, as text.");
}

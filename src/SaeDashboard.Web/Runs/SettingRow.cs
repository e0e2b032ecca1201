namespace SaeDashboard.Web.Runs;

/// <summary>One setting of several runs.</summary>
/// <param name="Name">As people name it, with its unit.</param>
/// <param name="Values">Of each run, in their order; "default" where the run leaves it out.</param>
public sealed record SettingRow(string Name, IReadOnlyList<string> Values)
{
    /// <summary>Whether the runs do not all have the same.</summary>
    public bool Differs => Values.Distinct().Count() > 1;
}

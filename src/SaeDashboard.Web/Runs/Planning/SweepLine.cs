namespace SaeDashboard.Web.Runs.Planning;

/// <summary>A line of the form's sweep, as it was typed.</summary>
public sealed class SweepLine
{
    /// <summary>Id of a <see cref="SweepSetting"/>.</summary>
    public string Setting { get; set; } = SweepSetting.All[0].Id;

    /// <summary>"16, 32, 64".</summary>
    public string Values { get; set; } = "";
}

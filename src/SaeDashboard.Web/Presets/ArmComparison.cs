namespace SaeDashboard.Web.Presets;

/// <summary>One arm of a preset compared with its reproduction.</summary>
/// <param name="Arm">One of <see cref="PresetArms"/>.</param>
/// <param name="Columns">Columns of the preset.</param>
/// <param name="FirstDifference">The first column whose codes differ; null: all are the same.</param>
/// <param name="Seconds">Where that column sounds; null: all are the same.</param>
public sealed record ArmComparison(string Arm, int Columns, int? FirstDifference, double? Seconds)
{
    public bool Same => FirstDifference is null;
}

using SaeDashboard.Storage;

namespace SaeDashboard.Web.Annotation;

/// <summary>What a third person decides on an item.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Label">The label; null: none.</param>
/// <param name="Note">Why; null: not said.</param>
/// <param name="Seconds">How long they looked at it, in seconds.</param>
public sealed record Decision(AnnotationVerdict Verdict, string? Label, string? Note, double Seconds);

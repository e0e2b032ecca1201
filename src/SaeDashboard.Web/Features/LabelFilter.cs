namespace SaeDashboard.Web.Features;

/// <summary>Which features a list shows, by whether somebody has named them.</summary>
public enum LabelFilter
{
    Any,
    Labelled,
    Unlabelled,
}

namespace SaeDashboard.Web.Features;

/// <summary>Which features a list shows, by whether they are labelled.</summary>
public enum LabelFilter
{
    Any,
    Labelled,
    Unlabelled,
}

namespace SaeDashboard.Web.Runs.Planning;

/// <summary>An activation store that is there already: its folder (absolute), what it was made of, of how many clips, and when.</summary>
public sealed record StoredActivations(
    string Path, string ModelHash, string DatasetHash, int Layer, string Condition, string Split, int Clips, DateTime CreatedUtc);

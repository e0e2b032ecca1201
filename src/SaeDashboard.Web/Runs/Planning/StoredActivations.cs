
namespace SaeDashboard.Web.Runs.Planning;

/// <summary>An activation store that is there already: its folder (absolute), what it was made of, of how many clips, when, and by a model in which number type.</summary>
public sealed record StoredActivations(
    string Path, string ModelHash, string DatasetHash, string Hook, string Condition, string Split, int Clips, DateTime CreatedUtc, string ComputeType = ComputeNames.Float32);

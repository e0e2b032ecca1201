namespace SaeDashboard.Sae.Activations;

/// <summary>
/// <c>manifest.json</c> of an activation folder. Record i is clip i: <see cref="ActivationSource.ColumnsPerClip"/> columns of <see
/// cref="ActivationSource.Width"/> numbers, little-endian, without header or padding; shards hold whole clips, in order.
/// </summary>
public sealed record ActivationManifest
{
    public const string FileName = "manifest.json";
    public const int CurrentSchema = 1;

    public required int SchemaVersion { get; init; }

    public required ActivationSource Source { get; init; }

    public required IReadOnlyList<ActivationClip> Clips { get; init; }

    public required IReadOnlyList<ActivationShard> Shards { get; init; }

    public DateTime CreatedUtc { get; init; }
}

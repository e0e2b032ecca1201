using SaeDashboard.Core.Takes;

namespace SaeDashboard.Web.Studio;

/// <summary>A take as its folder was last seen.</summary>
/// <param name="Folder">Where it is.</param>
/// <param name="Manifest">What its take.json says.</param>
/// <param name="Arms">The arms that can be heard, or will be while it is made.</param>
public sealed record SeenTake(TakeFolder Folder, TakeManifest Manifest, IReadOnlyList<string> Arms)
{
    /// <summary>Whether a page would show both alike.</summary>
    public bool SameAs(SeenTake other) =>
        Manifest.State == other.Manifest.State && Manifest.Error == other.Manifest.Error && Manifest.FinishedUtc == other.Manifest.FinishedUtc && Manifest.Samples == other.Manifest.Samples
        && Manifest.FrameRate == other.Manifest.FrameRate && Manifest.SaeHash == other.Manifest.SaeHash && Manifest.ModelHash == other.Manifest.ModelHash && Arms.SequenceEqual(other.Arms);
}

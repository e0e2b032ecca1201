namespace SaeDashboard.Web.Studio;

/// <summary>A take as pages show it: what its folder says and what people added.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Stars">1 … 5; null: not rated.</param>
/// <param name="Deleted">Whether it was taken out of the list.</param>
/// <param name="Arms">The arms that can be heard, or will be while it is made; none for a take that failed before its first sample.</param>
/// <param name="Manifest">Its settings and state.</param>
public sealed record TakeView(string Id, string Name, int? Stars, bool Deleted, IReadOnlyList<string> Arms, TakeManifest Manifest)
{
    /// <summary>Length in seconds, as it was asked for.</summary>
    public double Seconds => Manifest.FrameRate > 0 ? Manifest.Settings.Frames / Manifest.FrameRate : 0;
}

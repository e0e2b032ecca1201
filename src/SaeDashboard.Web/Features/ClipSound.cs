namespace SaeDashboard.Web.Features;

/// <summary>A clip's sound out of the cache.</summary>
/// <param name="File">The open WAV file; the caller closes it.</param>
/// <param name="Key">Names the sound: another sound has another key.</param>
public sealed record ClipSound(FileStream File, string Key) : IDisposable
{
    public void Dispose() => File.Dispose();
}

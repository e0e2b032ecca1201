using SaeDashboard.Core.Serving;

namespace SaeDashboard.Core.Takes;

/// <summary>
/// One listener's place in a growing WAV file. It follows revisions: where samples that it has given become obsolete, it goes back to the first of
/// them and gives the new ones. Not thread-safe.
/// </summary>
/// <param name="path">The WAV file; it may be missing yet.</param>
/// <param name="from">The first sample wanted.</param>
/// <param name="revision">The revision that the listener has the samples before <paramref name="from"/> of; null: the newest.</param>
/// <param name="roots">The folders that must contain the files, links followed; null: any.</param>
public sealed class WavCursor(string path, long from, int? revision = null, AllowedRoots? roots = null) : IDisposable
{
    private GrowingWav? wav;
    private int? known = revision;

    /// <summary>The sample that is given next.</summary>
    public long Position { get; private set; } = from;

    /// <summary>The revision of the samples before <see cref="Position"/>.</summary>
    public int Revision => known ?? 0;

    /// <summary>Hz; 0 while there is no file.</summary>
    public int SampleRate => wav?.SampleRate ?? 0;

    /// <summary>1 or 2; 0 while there is no file.</summary>
    public int Channels => wav?.Channels ?? 0;

    /// <summary>Samples of the complete file; 0 while there is none.</summary>
    public long Promised => wav?.Promised ?? 0;

    /// <summary>The next samples, a second of sound at most, and the first one's place; of two channels they alternate. None: nothing new is there
    /// yet.</summary>
    /// <exception cref="UserException">A file is damaged, not a regular file, or outside the roots.</exception>
    public (long From, short[] Samples) Read()
    {
        while (true)
        {
            wav ??= GrowingWav.TryOpen(path, roots);
            if (wav is null) return (Position, []);
            var now = RevisionLog.Count(path, roots);
            if (now != known)
            {
                // A count that fell belongs to another take of the same name; everything is read again.
                if (known is { } before) Position = now < before ? 0 : Math.Min(Position, RevisionLog.StaleFrom(path, before, roots) ?? Position);
                known = now;
            }
            var samples = wav.Read(Position, wav.SampleRate);
            // Written again in between: what was read may be of either revision.
            if (RevisionLog.Count(path, roots) != now) continue;
            var at = Position;
            Position += samples.Length / wav.Channels;
            return (at, samples);
        }
    }

    public void Dispose() => wav?.Dispose();
}

using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Web.Serving;

/// <summary>How far takes are: what the worker reported last, and for the others what their folder says.</summary>
internal sealed class TakeWatch(string takes)
{
    // Endings that the disk may not know yet, the oldest first: a full disk takes few at a time.
    private const int MaxEndings = 200;

    private readonly ConcurrentDictionary<string, TakeProgress> live = new();
    private readonly Lock gate = new();
    private readonly List<(string TakeId, TakeProgress End)> endings = [];

    /// <summary>Takes that are being made or wait, as far as is known here.</summary>
    public IReadOnlyCollection<string> Live => (IReadOnlyCollection<string>)live.Keys;

    /// <summary>What the worker said last of a take that it makes or has waiting; null: it does neither.</summary>
    public TakeProgress? FindLive(string takeId) => live.GetValueOrDefault(takeId);

    public TakeProgress? Find(string takeId)
    {
        if (!Ids.IsValid("take", takeId)) return null;
        if (live.TryGetValue(takeId, out var progress)) return progress;
        var folder = new TakeFolder(Path.Combine(takes, takeId));
        if (!folder.Exists) return null;
        try
        {
            var manifest = folder.ReadManifest();
            var frames = manifest.Settings.Frames;
            if (manifest.State == TakeState.Interrupted && FindEnding(takeId) is { } end) return end with { Columns = frames };
            return new TakeProgress(manifest.State, manifest.State == TakeState.Queued ? 0 : null, manifest.State == TakeState.Done ? frames : 0, frames, manifest.Error);
        }
        catch (UserException error)
        {
            return new TakeProgress(TakeState.Failed, null, 0, 0, error.Message);
        }
    }

    /// <summary>A take that is not ours to hear of line by line: asked for by the site before this one.</summary>
    public void Saw(GenerationStatus status) => live[status.TakeId] =
        new TakeProgress(status.State, status.State == TakeState.Queued ? status.Position : null, status.Done, status.Total, null);

    public void Heard(string takeId, GenerationEvent happened)
    {
        switch (happened.Type)
        {
            case GenerationEventType.Queued:
                live[takeId] = new TakeProgress(TakeState.Queued, happened.Position, 0, 0, null);
                break;
            case GenerationEventType.Settings:
                live[takeId] = new TakeProgress(TakeState.Running, null, 0, happened.Frames ?? 0, null);
                break;
            case GenerationEventType.Columns:
                live[takeId] = new TakeProgress(TakeState.Running, null, happened.Done ?? 0, happened.Total ?? 0, null);
                break;
            case GenerationEventType.Revision:
            case GenerationEventType.Trace:
            case GenerationEventType.Arm:
                // The next count says how far it is.
                break;
            default:
                // It is over: from now on take.json says how. Where the disk was full it does not, and the worker's word counts.
                if (happened.Message is { } message) Remember(takeId, new TakeProgress(happened.Type == GenerationEventType.Cancelled ? TakeState.Cancelled : TakeState.Failed, null, 0, 0, message));
                Over(takeId);
                break;
        }
    }

    /// <summary>How the worker said that a take ended early; null: it said nothing of it since the site began.</summary>
    public TakeProgress? FindEnding(string takeId)
    {
        lock (gate) return endings.Find(each => each.TakeId == takeId).End;
    }

    private void Remember(string takeId, TakeProgress end)
    {
        lock (gate)
        {
            endings.RemoveAll(each => each.TakeId == takeId);
            if (endings.Count == MaxEndings) endings.RemoveAt(0);
            endings.Add((takeId, end));
        }
    }

    public void Over(string takeId) => live.TryRemove(takeId, out _);
}

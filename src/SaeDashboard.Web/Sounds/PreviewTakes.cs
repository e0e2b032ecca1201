using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Sounds;

/// <summary>
/// Takes that are made to be heard once, outside the Studio: "Hear it steered" and search by text. They are takes like others, made by the
/// same queue and marked in take.json; those that were not kept are deleted, the oldest first (decision 0036).
/// </summary>
public sealed partial class PreviewTakes(TakeService takes, TakeFolders folders, IServeClient worker, IOptions<ListeningOptions> options, ILogger<PreviewTakes> log)
{
    private readonly Lock cleaning = new();

    // Asked for a moment ago: their folders are still to come.
    private readonly ConcurrentDictionary<string, (string Asked, TakeSettings Settings)> young = new();

    /// <summary>Asks for a preview.</summary>
    /// <returns>The take's id.</returns>
    /// <exception cref="UserException">The worker does not take it on.</exception>
    public async Task<string> StartAsync(TakeSettings settings, CancellationToken ct)
    {
        var asked = settings with { Preview = true };
        var id = await worker.StartTakeAsync(asked, ct);
        folders.Expect(id);
        young[id] = (id, asked);
        Clean();
        return id;
    }

    /// <summary>A preview of these settings that is whole or being made; null: there is none.</summary>
    public string? Find(TakeSettings settings)
    {
        var asked = settings with { Preview = true };
        foreach (var (id, (_, made)) in young)
        {
            if (folders.Find(id) is not null || worker.LiveProgress(id) is null) young.TryRemove(id, out _);
            else if (Same(made, asked)) return id;
        }
        return folders.All.FirstOrDefault(take => Same(take.Manifest.Settings, asked) && (take.Manifest.State.IsLive() || take.Manifest.State == TakeState.Done))?.Folder.Id;
    }

    /// <summary>Deletes previews that were not kept, beyond the number that the settings allow.</summary>
    public void Clean()
    {
        lock (cleaning)
        {
            foreach (var take in takes.Previews().Where(take => !take.Manifest.State.IsLive()).Skip(options.Value.Previews))
            {
                try
                {
                    // The process that makes it holds its lock.
                    if (FileLock.IsHeld(take.Folder.LockPath)) continue;
                    Directory.Delete(take.Folder.Path, recursive: true);
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException or UserException)
                {
                    NotDeleted(error, take.Folder.Path);
                }
            }
        }
        folders.Refresh(scan: true);
    }

    private static bool Same(TakeSettings one, TakeSettings other) =>
        one.Preview && one.ModelPath == other.ModelPath && one.Prompt == other.Prompt && one.Seed == other.Seed && one.Frames == other.Frames
        && one.Arms.SequenceEqual(other.Arms) && one.Steers.SequenceEqual(other.Steers) && one.SaePath == other.SaePath;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The preview {Folder} could not be deleted")]
    private partial void NotDeleted(Exception error, string folder);
}

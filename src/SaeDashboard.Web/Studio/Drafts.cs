using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Studio;

/// <summary>
/// What people have typed or set up and not finished. A change is in memory at once, so it survives a reload of the page, and in the store a
/// moment later. What the store refuses is kept and tried again until it is saved; <see cref="Problem"/> says so meanwhile.
/// </summary>
public sealed class Drafts(DraftRepository drafts, IStoreAccess store, TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400), Retry = TimeSpan.FromSeconds(3);

    private readonly Lock gate = new();
    private readonly CancellationTokenSource closing = new();
    private readonly Dictionary<(string User, string Key), Draft> unsaved = [];
    private Task saving = Task.CompletedTask;

    /// <summary>A draft was saved, or could not be. On a pool thread.</summary>
    public event Action? Changed;

    /// <summary>A draft was changed: its key and its person. On the thread of the one who changed it.</summary>
    public event Action<string, Actor>? Replaced;

    /// <summary>The draft as it was last changed; null: none.</summary>
    public string? Get(string key, Actor actor)
    {
        lock (gate)
        {
            if (unsaved.TryGetValue((actor.UserId, key), out var draft)) return draft.Json;
        }
        return store.Read(() => drafts.Get(key, actor));
    }

    /// <summary>Why the draft is not saved; null: it is, or will be in a moment.</summary>
    public string? Problem(string key, Actor actor)
    {
        lock (gate) return unsaved.GetValueOrDefault((actor.UserId, key))?.Problem;
    }

    /// <summary>Keeps a draft in place of the last; null forgets it. Returns at once.</summary>
    public void Set(string key, string? json, Actor actor)
    {
        lock (gate)
        {
            unsaved[(actor.UserId, key)] = new Draft(json, actor, unsaved.GetValueOrDefault((actor.UserId, key))?.Problem);
            if (saving.IsCompleted && !closing.IsCancellationRequested) saving = Task.Run(SaveSoonAsync, CancellationToken.None);
        }
        Replaced?.Invoke(key, actor);
    }

    /// <summary>Saves what waits. Whether nothing waits any more.</summary>
    public bool SaveNow()
    {
        KeyValuePair<(string User, string Key), Draft>[] waiting;
        lock (gate) waiting = [.. unsaved];
        foreach (var (place, draft) in waiting)
        {
            var problem = Save(place.Key, draft);
            lock (gate)
            {
                // A later change is saved the next time.
                if (problem is null && unsaved.GetValueOrDefault(place) == draft) unsaved.Remove(place);
                else if (unsaved.TryGetValue(place, out var now)) unsaved[place] = now with { Problem = problem };
            }
        }
        if (waiting.Length > 0) Changed?.Invoke();
        lock (gate) return unsaved.Count == 0;
    }

    public async ValueTask DisposeAsync()
    {
        if (closing.IsCancellationRequested) return;
        await closing.CancelAsync();
        await saving;
        SaveNow();
        closing.Dispose();
    }

    private string? Save(string key, Draft draft)
    {
        try
        {
            if (draft.Json is { } json) store.Write(() => drafts.Set(key, json, draft.Actor));
            else store.Write(() => drafts.Clear(key, draft.Actor));
            return null;
        }
        catch (UserException error)
        {
            return error.Message;
        }
    }

    private async Task SaveSoonAsync()
    {
        try
        {
            for (var pause = Pause; ; pause = Retry)
            {
                await Task.Delay(pause, clock, closing.Token);
                SaveNow();
                lock (gate)
                {
                    if (unsaved.Count > 0) continue;
                    // In the lock, so that a change after it starts another.
                    saving = Task.CompletedTask;
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The site ends: it saves once more.
        }
    }

    private sealed record Draft(string? Json, Actor Actor, string? Problem);
}

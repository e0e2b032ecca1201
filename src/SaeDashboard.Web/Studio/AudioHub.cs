using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using SaeDashboard.Core;
using SaeDashboard.Core.Takes;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Studio;

/// <summary><c>/hubs/audio</c>: sound while it is made, and the playhead and knobs of a live take. What is whole goes over HTTP.</summary>
public sealed class AudioHub(TakeListener listener, LiveListeners live) : Hub
{
    /// <summary>An arm of a take from one sample on; a client that was cut off asks again with the sample it has come to. Where a turned knob
    /// makes samples obsolete that were sent, the next message begins at the first of them, under a higher revision.</summary>
    public IAsyncEnumerable<AudioChunk> Listen(string take, string arm, long fromSample, CancellationToken ct) => Follow(take, arm, fromSample, null, ct);

    /// <summary>As <see cref="Listen"/>, for a client that was cut off and has samples of a known revision: what became obsolete meanwhile is sent
    /// again.</summary>
    public async IAsyncEnumerable<AudioChunk> Follow(string take, string arm, long fromSample, int? revision, [EnumeratorCancellation] CancellationToken ct)
    {
        if (fromSample < 0) throw new HubException($"The first sample is 0, not {fromSample}.");
        if (revision < 0) throw new HubException($"Revisions are counted from 0; {revision} is none.");
        var chunks = listener.ListenAsync(take, arm, fromSample, ct, revision).GetAsyncEnumerator(ct);
        try
        {
            while (true)
            {
                try
                {
                    if (!await chunks.MoveNextAsync()) yield break;
                }
                catch (UserException error)
                {
                    throw new HubException(error.Message, error);
                }
                yield return chunks.Current;
            }
        }
        finally
        {
            await chunks.DisposeAsync();
        }
    }

    /// <summary>Says where this listener of a live take is: the generation stays a little ahead of it. Only the person who asked for the take is
    /// followed, on the page that reported first or turned a knob last; of the others nothing happens. More than ten reports a second are left out.</summary>
    /// <param name="take">The take.</param>
    /// <param name="sample">The sample that is heard now.</param>
    /// <param name="playing">Whether the sound plays.</param>
    /// <returns>Whether the generation follows this page.</returns>
    [Authorize(Policy = Access.Generate)]
    public async Task<bool> Hear(string take, long sample, bool playing)
    {
        if (sample < 0) throw new HubException($"The first sample is 0, not {sample}.");
        return await Said(() => live.HearAsync(Context.ConnectionId, Context.User!.ToActor(), take, new PlayheadRequest(sample, playing), Context.ConnectionAborted));
    }

    /// <summary>Turns knobs of a live take.</summary>
    /// <param name="take">The take.</param>
    /// <param name="request">The knobs, the column from which they act, and where the playhead is.</param>
    /// <returns>What it did. The new samples come with the streams of <see cref="Follow"/>.</returns>
    [Authorize(Policy = Access.Generate)]
    public Task<KnobsAnswer> Turn(string take, KnobsRequest request) => Said(() =>
        live.TurnAsync(Context.ConnectionId, Context.User!.ToActor(), take, request, Context.ConnectionAborted));

    /// <inheritdoc/>
    public override Task OnDisconnectedAsync(Exception? exception)
    {
        live.Left(Context.ConnectionId);
        return base.OnDisconnectedAsync(exception);
    }

    private static async Task<T> Said<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (UserException error)
        {
            throw new HubException(error.Message, error);
        }
    }
}

/// <summary>
/// Follows a take's sound while it is made, and gives what is made already at once. Every listener has a cursor of its own on the file:
/// nothing is dropped, a slow one delays no other, and one that lost its connection continues where it was.
/// </summary>
public sealed class TakeListener(DataRoot root, IServeClient worker)
{
    // The worker flushes every half second of sound or so; a look costs a few microseconds.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(40);

    /// <summary>The arm's samples from <paramref name="fromSample"/> on, a second at most in a message; ends when the take does.</summary>
    /// <param name="take">The take.</param>
    /// <param name="arm">Its arm.</param>
    /// <param name="fromSample">The first sample wanted.</param>
    /// <param name="ct">Ends it.</param>
    /// <param name="revision">The revision of the samples before it that the listener has; null: the newest.</param>
    /// <exception cref="UserException">There is no such take or arm.</exception>
    public IAsyncEnumerable<AudioChunk> ListenAsync(string take, string arm, long fromSample, CancellationToken ct, int? revision = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fromSample);
        return FollowAsync(take, arm, fromSample, revision, ct);
    }

    private async IAsyncEnumerable<AudioChunk> FollowAsync(string take, string arm, long fromSample, int? revision, [EnumeratorCancellation] CancellationToken ct)
    {
        if (!Ids.IsValid("take", take)) throw new UserException($"'{take}' is not a take id.");
        if (!TakeArms.All.Contains(arm)) throw new UserException($"A take has the arms {string.Join(", ", TakeArms.All)}, not '{arm}'.");
        var folder = new TakeFolder(Path.Combine(root.Takes, take));
        using var cursor = new WavCursor(folder.WavPath(arm), fromSample, revision, root.Roots);
        (TakeState State, int? Queue, int Revision)? sent = null;
        while (true)
        {
            // The state first: what a take that is over holds now is all it will ever hold.
            var progress = Progress(folder);
            var (from, samples) = cursor.Read();
            var over = !TakeStates.IsLive(progress.State) && samples.Length == 0;
            // A revision is sent before its first sample: the listener fades out what it has not heard yet.
            var now = (progress.State, progress.QueuePosition, cursor.Revision);
            if (samples.Length > 0 || over || sent != now)
            {
                yield return new AudioChunk(from, MemoryMarshal.AsBytes(samples.AsSpan()).ToArray(), cursor.SampleRate, cursor.Promised,
                    progress.ColumnsDone, progress.Columns, progress.State, progress.QueuePosition, progress.Error, cursor.Revision, Math.Max(1, cursor.Channels));
                sent = now;
            }
            if (over) yield break;
            if (samples.Length == 0) await Task.Delay(Look, ct);
        }
    }

    private TakeProgress Progress(TakeFolder folder)
    {
        if (worker.Progress(folder.Id) is { } progress) return progress;
        if (!folder.Exists) throw new UserException($"The take {folder.Id} does not exist.");
        var manifest = folder.ReadManifest();
        return new TakeProgress(manifest.State, null, 0, 0, manifest.Error);
    }
}

/// <summary>One message of a take's sound on its way to a listener.</summary>
/// <param name="From">The first sample of <paramref name="Samples"/>.</param>
/// <param name="Samples">PCM16, little-endian; of two channels left and right alternate. Empty when only the state changed.</param>
/// <param name="SampleRate">Hz; 0 while nothing is made.</param>
/// <param name="Length">Samples the arm will have when it is whole, as far as is known; a stopped take has fewer at last.</param>
/// <param name="ColumnsDone">Columns computed so far.</param>
/// <param name="Columns">Columns in all; 0 while not known.</param>
/// <param name="State">The take's state.</param>
/// <param name="Queue">How many generations come before this one; null when it does not wait.</param>
/// <param name="Error">What went wrong, for a person.</param>
/// <param name="Revision">The revision of these samples. Where it is higher than before, samples from <paramref name="From"/> on that were sent
/// earlier are obsolete.</param>
/// <param name="Channels">1, or 2 of a stereo model.</param>
public sealed record AudioChunk(long From, byte[] Samples, int SampleRate, long Length, int ColumnsDone, int Columns, TakeState State, int? Queue, string? Error, int Revision = 0, int Channels = 1);

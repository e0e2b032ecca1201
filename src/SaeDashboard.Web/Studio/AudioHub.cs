using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.SignalR;
using SaeDashboard.Core;
using SaeDashboard.Core.Takes;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Studio;

/// <summary><c>/hubs/audio</c>: sound while it is made. What is whole goes over HTTP.</summary>
public sealed class AudioHub(TakeListener listener) : Hub
{
    /// <summary>An arm of a take from one sample on; a client that was cut off asks again with the sample it has come to.</summary>
    public async IAsyncEnumerable<AudioChunk> Listen(string take, string arm, long fromSample, [EnumeratorCancellation] CancellationToken ct)
    {
        if (fromSample < 0) throw new HubException($"The first sample is 0, not {fromSample}.");
        var chunks = listener.ListenAsync(take, arm, fromSample, ct).GetAsyncEnumerator(ct);
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
    /// <exception cref="UserException">There is no such take or arm.</exception>
    public IAsyncEnumerable<AudioChunk> ListenAsync(string take, string arm, long fromSample, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fromSample);
        return FollowAsync(take, arm, fromSample, ct);
    }

    private async IAsyncEnumerable<AudioChunk> FollowAsync(string take, string arm, long fromSample, [EnumeratorCancellation] CancellationToken ct)
    {
        if (!Ids.IsValid("take", take)) throw new UserException($"'{take}' is not a take id.");
        if (!TakeArms.All.Contains(arm)) throw new UserException($"A take has the arms {string.Join(", ", TakeArms.All)}, not '{arm}'.");
        var folder = new TakeFolder(Path.Combine(root.Takes, take));
        GrowingWav? wav = null;
        (TakeState State, int? Queue)? sent = null;
        try
        {
            while (true)
            {
                // The state first: what a take that is over holds now is all it will ever hold.
                var progress = Progress(folder);
                wav ??= folder.OpenArm(arm, root.Roots);
                var samples = wav?.Read(fromSample, wav.SampleRate) ?? [];
                var over = !TakeStates.IsLive(progress.State) && samples.Length == 0;
                var now = (progress.State, progress.QueuePosition);
                if (samples.Length > 0 || over || sent != now)
                {
                    yield return new AudioChunk(fromSample, MemoryMarshal.AsBytes(samples.AsSpan()).ToArray(), wav?.SampleRate ?? 0, wav?.Promised ?? 0,
                        progress.ColumnsDone, progress.Columns, progress.State, progress.QueuePosition, progress.Error);
                    sent = now;
                    fromSample += samples.Length;
                }
                if (over) yield break;
                if (samples.Length == 0) await Task.Delay(Look, ct);
            }
        }
        finally
        {
            wav?.Dispose();
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
/// <param name="Samples">PCM16, little-endian, mono; empty when only the state changed.</param>
/// <param name="SampleRate">Hz; 0 while nothing is made.</param>
/// <param name="Length">Samples the arm will have when it is whole, as far as is known; a stopped take has fewer at last.</param>
/// <param name="ColumnsDone">Columns computed so far.</param>
/// <param name="Columns">Columns in all; 0 while not known.</param>
/// <param name="State">The take's state.</param>
/// <param name="Queue">How many generations come before this one; null when it does not wait.</param>
/// <param name="Error">What went wrong, for a person.</param>
public sealed record AudioChunk(long From, byte[] Samples, int SampleRate, long Length, int ColumnsDone, int Columns, TakeState State, int? Queue, string? Error);

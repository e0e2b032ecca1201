using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.SignalR;
using SaeDashboard.Core;

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
                    throw new HubException(error.Message);
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

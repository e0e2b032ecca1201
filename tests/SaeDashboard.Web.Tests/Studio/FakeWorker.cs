using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Serving;
using SaeDashboard.Core.Takes;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>A worker that makes nothing and remembers what it was asked for.</summary>
internal sealed class FakeWorker : IServeClient, ILiveWorker
{
    public event Action<string, GenerationEvent>? Happened;

    public TakeSettings? Asked { get; private set; }

    /// <summary>What it says of every take; null: it knows of none.</summary>
    public TakeProgress? Says { get; set; }

    public ServeState State { get; } = new(ServeStatus.Ready, null, null, 0, null);

    public event Action? Changed
    {
        add { }
        remove { }
    }

    public Task<byte[]> DecodeAsync(string modelPath, CodeGrid codes, CancellationToken ct) => throw new NotSupportedException();

    public Task<IReadOnlyList<FiringFeature>> FeaturesAsync(string modelPath, string saePath, CodeGrid codes, int top, CancellationToken ct) => throw new NotSupportedException();

    public Task<string> StartTakeAsync(TakeSettings settings, CancellationToken ct)
    {
        Asked = settings;
        return Task.FromResult(Ids.New("take"));
    }

    public Task CancelTakeAsync(string takeId, CancellationToken ct) => Task.CompletedTask;

    /// <summary>How it says that every take ended; null: it says nothing.</summary>
    public TakeProgress? Ended { get; set; }

    public TakeProgress? Ending(string takeId) => Ended;

    public TakeProgress? LiveProgress(string takeId) => Says;

    public TakeProgress? Progress(string takeId) => Says;

    /// <summary>Says that something happened to a take.</summary>
    public void Say(string takeId, GenerationEvent happened) => Happened?.Invoke(takeId, happened);

    /// <summary>The playheads that came, in order.</summary>
    public ConcurrentQueue<(string Take, PlayheadRequest Heard)> Heard { get; } = new();

    /// <summary>The knobs that were turned, in order.</summary>
    public ConcurrentQueue<(string Take, KnobsRequest Request)> Turned { get; } = new();

    public Task<KnobsAnswer> TurnAsync(string takeId, KnobsRequest request, CancellationToken ct)
    {
        if (request.Knobs.Count == 0) throw new UserException("No knob is named.");
        Turned.Enqueue((takeId, request));
        return Task.FromResult(new KnobsAnswer(Turned.Count, request.FromColumn, request.FromColumn * 320L));
    }

    public Task HearAsync(string takeId, PlayheadRequest heard, CancellationToken ct)
    {
        Heard.Enqueue((takeId, heard));
        return Task.CompletedTask;
    }
}

using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Tests.Sounds;

/// <summary>A reader that finds two features in every sound of 100 frames, when it is let go.</summary>
internal sealed class FakeReader : ISoundReader
{
    public TaskCompletionSource Go { get; set; } = Done();

    public List<ReadingRequest> Asked { get; } = [];

    /// <summary>What it says is wrong with every sound; null: nothing.</summary>
    public string? Problem { get; set; }

    public async Task<SoundActivations> ReadAsync(ReadingRequest request, Action<ReadingEvent> progress, CancellationToken ct)
    {
        lock (Asked) Asked.Add(request);
        progress(new ReadingEvent(ReadingEventType.Waiting, Position: 2));
        await Go.Task.WaitAsync(ct);
        if (Problem is { } problem) throw new UserException(problem);
        return SoundActivations.Read(SoundActivations.Message(100, 50, 4, new Dictionary<int, (List<ushort>, List<float>)>
        {
            [1337] = ([50, 51], [2, 1]),
            [526] = ([10, 11, 12, 90], [0.5f, 0.5f, 0.5f, 0.5f]),
        }));
    }

    public static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }
}

using SaeDashboard.Core;

namespace SaeDashboard.Worker.Serving;

/// <summary>
/// Takes that ended while nothing could be written, as on a full disk: how each ended is written as soon as there is room. Until then their
/// listeners know it from the last event. From any thread.
/// </summary>
internal sealed class UnsavedEndings(TimeProvider clock, Action<string> log)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly List<TakeWriter> waiting = [];
    private ITimer? timer;

    /// <summary>Takes a take whose end could not be written.</summary>
    public void Add(TakeWriter writer)
    {
        lock (gate)
        {
            waiting.Add(writer);
            timer ??= clock.CreateTimer(_ => Save(), null, Period, Period);
        }
    }

    /// <summary>Tries once more for each.</summary>
    public void Save()
    {
        lock (gate)
        {
            waiting.RemoveAll(TrySave);
            if (waiting.Count > 0) return;
            timer?.Dispose();
            timer = null;
        }
    }

    /// <summary>Tries a last time.</summary>
    public void Close()
    {
        Save();
        lock (gate)
        {
            timer?.Dispose();
            timer = null;
        }
    }

    private bool TrySave(TakeWriter writer)
    {
        try
        {
            writer.SaveEnding();
            return true;
        }
        catch (UserException)
        {
            return false;
        }
#pragma warning disable CA1031 // On a timer's thread anything unforeseen would end the program; one take's note is not worth that.
        catch (Exception error)
#pragma warning restore CA1031
        {
            log($"How a take ended could not be written: {error}");
            return true;
        }
    }
}

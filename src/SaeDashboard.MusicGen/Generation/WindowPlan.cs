namespace SaeDashboard.MusicGen.Generation;

/// <summary>
/// The windows of a piece and the steps that compute them. A column has one number in the whole piece, frame + 1 + delay, whatever window
/// computes it; a window's own BOS stands at its <see cref="Window.Start"/>. The last delays' columns of a window are computed again by
/// the next one, with real codes where the earlier one had pad ids.
/// </summary>
internal sealed class WindowPlan
{
    private readonly Window[] windows;
    private readonly int lastDelay;

    public WindowPlan(int frames, WindowSettings settings, int lastDelay)
    {
        this.lastDelay = lastDelay;
        // What is left is one window where the model can make it in one: it may end as the piece does.
        int Length(int left) => left <= settings.LongestFrames ? left : settings.Frames;
        var made = new List<Window> { new(0, Length(frames), 0, 0) };
        while (made[^1].End < frames)
        {
            var start = made[^1].Start + settings.Stride;
            made.Add(new Window(start, Length(frames - start), settings.Frames - settings.Stride, made[^1].FirstStep + Steps(made[^1])));
        }
        windows = [.. made];
        TotalSteps = made[^1].FirstStep + Steps(made[^1]);
        // The last column of a window is drawn, not computed.
        Columns = made.Max(window => window.Frames) + lastDelay;
    }

    public int Count => windows.Length;

    /// <summary>Steps of all windows.</summary>
    public int TotalSteps { get; }

    /// <summary>Columns of the longest window that are computed.</summary>
    public int Columns { get; }

    public Window this[int index] => windows[index];

    /// <summary>The window of a step; past the last step it is the last window.</summary>
    public int IndexOf(int step)
    {
        var index = Array.FindLastIndex(windows, window => window.FirstStep <= step);
        return Math.Max(0, index);
    }

    /// <summary>The step in which a column of the piece is computed first.</summary>
    public int StepOf(int column)
    {
        var window = Array.Find(windows, window => column < window.End + this.lastDelay);
        return window.Frames == 0 ? TotalSteps : window.FirstStep + column - window.Start - window.Prompt;
    }

    private int Steps(Window window) => window.Frames + this.lastDelay - window.Prompt;
}

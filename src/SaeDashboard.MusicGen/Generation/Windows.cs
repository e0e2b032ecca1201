using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>
/// How a piece longer than the model's context is generated: in windows, each of which begins with the codes that end the previous one
/// (Copet et al. 2023, section 4: windows of 30 s, 18 s apart).
/// </summary>
/// <param name="Frames">Frames of a window.</param>
/// <param name="Stride">Frames from one window's beginning to the next one's: the next window repeats Frames − Stride frames.</param>
/// <param name="Longest">Frames of a piece that is one window, and of the last window of a longer one, which may end as the model's training
/// clips do. 0: the same as <paramref name="Frames"/>.</param>
public sealed record WindowSettings(int Frames, int Stride, int Longest = 0)
{
    // audiocraft's 18 s of 30 s.
    private const double StrideShare = 0.6;

    // A model whose training clips end in silence falls silent there too: a window that is continued ends earlier (decision 0011).
    private const double EndingShare = 1.0 / 16;

    /// <summary>The windows of a checkpoint: the longest window it was trained for (its max_length), 15/16 of it where another window follows,
    /// and 0.6 of that as the stride.</summary>
    public static WindowSettings Of(MusicGenConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var longest = Math.Max(1, config.Generation.MaxColumns - config.Decoder.CodebooksPerChannel);
        return Of(longest, Math.Max(1, longest - (int)Math.Round(EndingShare * longest)));
    }

    /// <summary>Windows of a chosen length.</summary>
    /// <param name="config">The model.</param>
    /// <param name="frames">Frames of a window; null, or more than the model's longest: its longest.</param>
    /// <param name="stride">The stride; null: 0.6 of the window.</param>
    public static WindowSettings Of(MusicGenConfig config, int? frames, int? stride)
    {
        var longest = Of(config).Longest;
        var windows = Of(longest, Math.Min(frames ?? longest, longest));
        return stride is { } chosen ? windows with { Stride = chosen } : windows;
    }

    /// <summary>Frames of the longest window.</summary>
    public int LongestFrames => Math.Max(Frames, Longest);

    private static WindowSettings Of(int longest, int frames) => new(frames, Math.Max(1, (int)Math.Round(StrideShare * frames)), longest);

    /// <exception cref="UserException">The windows do not overlap, or do not advance.</exception>
    public void Validate()
    {
        if (Frames < 1) throw new UserException($"A window of {Frames} frames holds nothing: give at least 1.");
        if (Stride < 1 || (Stride >= Frames && Frames > 1))
            throw new UserException($"The stride is {Stride} frames: it should be 1 to {Frames - 1}, less than the window's {Frames} frames, "
                + "so that each window continues the end of the previous one.");
    }
}

/// <summary>
/// The windows of a piece and the steps that compute them. A column has one number in the whole piece, frame + 1 + delay, independent of the
/// window that computes it; a window's own BOS is at its <see cref="Window.Start"/>. The columns of a window's last delays are recomputed by
/// the next window, with real codes where the earlier window had pad ids.
/// </summary>
internal sealed class WindowPlan
{
    private readonly Window[] windows;
    private readonly int lastDelay;

    public WindowPlan(int frames, WindowSettings settings, int lastDelay)
    {
        this.lastDelay = lastDelay;
        // The rest is one window if the model can compute it in one: its end is the end of the piece.
        int Length(int left) => left <= settings.LongestFrames ? left : settings.Frames;
        var made = new List<Window> { new(0, Length(frames), 0, 0) };
        while (made[^1].End < frames)
        {
            var start = made[^1].Start + settings.Stride;
            made.Add(new Window(start, Length(frames - start), settings.Frames - settings.Stride, made[^1].FirstStep + Steps(made[^1])));
        }
        windows = [.. made];
        TotalSteps = made[^1].FirstStep + Steps(made[^1]);
        // The last column of a window is sampled, not computed.
        Columns = made.Max(window => window.Frames) + lastDelay;
    }

    public int Count => windows.Length;

    /// <summary>Steps of all windows.</summary>
    public int TotalSteps { get; }

    /// <summary>Columns of the longest window that are computed.</summary>
    public int Columns { get; }

    public Window this[int index] => windows[index];

    /// <summary>The window of a step; past the last step, the last window.</summary>
    public int IndexOf(int step)
    {
        var index = Array.FindLastIndex(windows, window => window.FirstStep <= step);
        return Math.Max(0, index);
    }

    /// <summary>The step that first computes a column of the piece.</summary>
    public int StepOf(int column)
    {
        var window = Array.Find(windows, window => column < window.End + this.lastDelay);
        return window.Frames == 0 ? TotalSteps : window.FirstStep + column - window.Start - window.Prompt;
    }

    private int Steps(Window window) => window.Frames + this.lastDelay - window.Prompt;
}

/// <summary>A part of a piece that the model computes from its own BOS.</summary>
/// <param name="Start">Its first frame, which is also the column of its BOS in the whole piece.</param>
/// <param name="Frames">Number of frames.</param>
/// <param name="Prompt">How many of them are from the previous window.</param>
/// <param name="FirstStep">The first step of the request that computes it: the column after its prompt.</param>
internal readonly record struct Window(int Start, int Frames, int Prompt, int FirstStep)
{
    /// <summary>The frame after its last.</summary>
    public int End => Start + Frames;
}

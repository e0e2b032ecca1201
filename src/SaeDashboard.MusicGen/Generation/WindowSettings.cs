using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>
/// How a piece is made that is longer than what the model reads at once: in windows, each of which begins with the codes that the one
/// before ended with (Copet et al. 2023, section 4: windows of 30 s, 18 s apart).
/// </summary>
/// <param name="Frames">Frames of a window.</param>
/// <param name="Stride">Frames from one window's beginning to the next one's: so the next one takes over Frames − Stride.</param>
public sealed record WindowSettings(int Frames, int Stride)
{
    // audiocraft's 18 s of 30 s.
    private const double StrideShare = 0.6;

    /// <summary>The longest window that a checkpoint was trained for (its max_length), and 0.6 of it as the stride.</summary>
    public static WindowSettings Of(MusicGenConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var frames = Math.Max(1, config.Generation.MaxColumns - config.Decoder.CodebooksPerChannel);
        return new WindowSettings(frames, Math.Max(1, (int)Math.Round(StrideShare * frames)));
    }

    /// <exception cref="UserException">A window would take nothing over, or never get on.</exception>
    public void Validate()
    {
        if (Frames < 1) throw new UserException($"A window of {Frames} frames holds nothing: give at least 1.");
        if (Stride < 1 || (Stride >= Frames && Frames > 1))
            throw new UserException($"The stride is {Stride} frames: it should be 1 to {Frames - 1}, less than the window's {Frames} frames, "
                + "so that each window goes on from the end of the one before.");
    }
}

using SaeDashboard.Core.Data;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>One concept's labels, frame by frame.</summary>
internal static class FrameLabels
{
    public const sbyte Positive = 1;
    public const sbyte LeftOut = 0;
    public const sbyte Negative = -1;

    /// <summary>
    /// Frame t is positive when its middle (t + ½) / frameRate lies in a span; left out within <paramref name="tailSeconds"/> after a span's end
    /// where no other span holds; else negative.
    /// </summary>
    /// <param name="spans">Sorted by start or not; they may overlap.</param>
    /// <param name="labels">One a frame, written whole.</param>
    /// <param name="frameRate">Frames a second (Hz).</param>
    /// <param name="tailSeconds">What is ignored after an end.</param>
    public static void Fill(IReadOnlyList<Span> spans, Span<sbyte> labels, double frameRate, double tailSeconds)
    {
        labels.Fill(Negative);
        foreach (var span in spans)
        {
            // 0 is LeftOut.
            var end = FirstFrameFrom(span.End, frameRate, labels.Length);
            labels[end..FirstFrameFrom(span.End + tailSeconds, frameRate, labels.Length)].Clear();
        }
        foreach (var span in spans)
        {
            var start = FirstFrameFrom(span.Start, frameRate, labels.Length);
            labels[start..Math.Max(start, FirstFrameFrom(span.End, frameRate, labels.Length))].Fill(Positive);
        }
    }

    /// <summary>The first frame whose middle is not before <paramref name="seconds"/>, at most <paramref name="frames"/>.</summary>
    private static int FirstFrameFrom(double seconds, double frameRate, int frames) =>
        (int)Math.Clamp(Math.Ceiling(seconds * frameRate - 0.5 - 1e-6), 0, frames);
}

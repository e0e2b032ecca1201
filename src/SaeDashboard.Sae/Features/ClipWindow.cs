namespace SaeDashboard.Sae.Features;

/// <summary>
/// Which of a clip's columns 1..F are measured. Before column 4 not all codebooks are real, so nothing is measured there.
/// </summary>
/// <param name="FirstColumn">First column that statistics use (4).</param>
/// <param name="TrimFrom">First column whose maximum makes a clip count: the clip's first 0.5 s are left out.</param>
/// <param name="TrimTo">Last such column: the clip's last 0.5 s are left out. Below <paramref name="TrimFrom"/> in a clip too short to count.</param>
/// <param name="LastColumn">The clip's last column F.</param>
internal readonly record struct ClipWindow(int FirstColumn, int TrimFrom, int TrimTo, int LastColumn)
{
    private const double TrimSeconds = 0.5;

    public int MeasuredColumns => Math.Max(0, LastColumn - FirstColumn + 1);

    public bool CountsForClips => TrimTo >= TrimFrom;

    /// <summary>The window of a clip of <paramref name="columns"/> columns. Column p is shown at (p − 1) / frameRate seconds.</summary>
    public static ClipWindow Of(int columns, int firstColumn, double frameRate)
    {
        var trim = (int)Math.Round(TrimSeconds * frameRate, MidpointRounding.AwayFromZero);
        return new ClipWindow(firstColumn, Math.Max(firstColumn, trim + 1), columns - trim, columns);
    }
}

namespace SaeDashboard.Core.Data;

/// <summary>A stretch of a clip in seconds: <c>[Start, End)</c>.</summary>
public readonly record struct Span(double Start, double End)
{
    public double Seconds => End - Start;

    public bool Contains(double seconds) => seconds >= Start && seconds < End;
}

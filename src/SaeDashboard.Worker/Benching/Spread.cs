namespace SaeDashboard.Worker.Benching;

/// <summary>What repeated measurements gave.</summary>
/// <param name="Median">The middle one.</param>
/// <param name="Low">The tenth percentile.</param>
/// <param name="High">The ninetieth percentile.</param>
internal readonly record struct Spread(double Median, double Low, double High)
{
    /// <param name="values">At least one.</param>
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        double At(double share) => sorted[(int)Math.Round(share * (sorted.Length - 1))];
        return new Spread(At(0.5), At(0.1), At(0.9));
    }

    /// <summary>"0.62 (0.55–0.66)".</summary>
    public override string ToString() => FormattableString.Invariant($"{Median:F2} ({Low:F2}–{High:F2})");
}

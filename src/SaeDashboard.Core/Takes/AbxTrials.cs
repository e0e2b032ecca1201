using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SaeDashboard.Core.Takes;

/// <summary>
/// A blind comparison of two arms: in every trial X is one of two sounds, and a person says which. The order follows from a seed that is kept, so that
/// anybody can make it again.
/// </summary>
public static class AbxTrials
{
    /// <summary>Fewest trials: with fewer, not even all right ones are evidence (p = 1/32).</summary>
    public const int Least = 5;

    /// <summary>Most trials: more than anybody hears out.</summary>
    public const int Most = 50;

    /// <summary>
    /// What X is in each trial, as a text of <c>A</c> and <c>B</c>: for trial t (from 0) the lowest bit of the first byte of SHA-256 of
    /// "seed/t" in UTF-8; 0 is A.
    /// </summary>
    /// <exception cref="UserException">There are fewer or more trials than a blind test has.</exception>
    public static string Order(string seed, int trials)
    {
        ArgumentException.ThrowIfNullOrEmpty(seed);
        if (trials is < Least or > Most) throw new UserException($"{trials} trials: a blind test has {Least} to {Most}.");
        return string.Concat(Enumerable.Range(0, trials).Select(trial => Bit(seed, trial.ToString(CultureInfo.InvariantCulture)) ? 'B' : 'A'));
    }

    /// <summary>Whether the two arms change places, so that A is the second one: the bit of "seed/arms".</summary>
    public static bool Swapped(string seed) => Bit(seed, "arms");

    /// <summary>The chance of that number of right answers or more by guessing: exact, one-sided, binomial with 1/2.</summary>
    /// <param name="right">Right answers.</param>
    /// <param name="trials">Answers in all, at most 50.</param>
    public static double Chance(int right, int trials)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(right);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(right, trials);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(trials, Most);
        // C(50, 25) is below 2^47: whole numbers in a double are exact.
        var (ways, sum) = (1.0, 0.0);
        for (var k = 0; k <= trials; k++)
        {
            if (k >= right) sum += ways;
            ways = ways * (trials - k) / (k + 1);
        }
        return sum / Math.Pow(2, trials);
    }

    private static bool Bit(string seed, string what) => (SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{what}"))[0] & 1) == 1;
}

using System.Diagnostics;
using SaeDashboard.Core;

namespace SaeDashboard.Fuzz.Cases;

/// <summary>How a case ended.</summary>
/// <param name="Outcome">"loaded", "refused", or what is wrong.</param>
/// <param name="IsGood">Whether it ended as it should.</param>
/// <param name="Message">The refusal, or the exception.</param>
/// <param name="Milliseconds">Time taken.</param>
/// <param name="Allocated">Bytes of managed memory allocated.</param>
/// <param name="FileBytes">Size of the altered file.</param>
internal sealed record CaseResult(string Outcome, bool IsGood, string Message, double Milliseconds, long Allocated, long FileBytes)
{
    /// <summary>What loading and using the largest golden folder takes, with room; and so much more for each byte of the altered file.</summary>
    public const long AllocatedAtMost = 16 << 20, AllocatedAByte = 64;

    public static CaseResult Run(FuzzCase fuzz, string goldenRoot, string folder)
    {
        var bytes = fuzz.Write(goldenRoot, folder);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var watch = Stopwatch.StartNew();
        var (outcome, good, message) = Judge(folder);
        var (time, allocated) = (watch.Elapsed.TotalMilliseconds, GC.GetTotalAllocatedBytes(precise: true) - before);
        if (good && allocated > AllocatedAtMost + AllocatedAByte * bytes)
            (outcome, good, message) = ("too much memory", false, $"{allocated >> 20} MiB for a file of {bytes} bytes ({outcome}) {message}");
        return new CaseResult(outcome, good, message, time, allocated, bytes);
    }

    /// <summary>Loads and uses the folder: it works, or a refusal names it in a message that a person can read.</summary>
    public static (string Outcome, bool Good, string Message) Judge(string folder)
    {
        try
        {
            LoadAttempt.Run(folder);
            return ("loaded", true, "");
        }
        catch (UserException refusal)
        {
            var message = refusal.Message;
            if (!message.Contains(folder, StringComparison.Ordinal)) return ("refused without the file's name", false, message);
            if (message.Length > UserException.MaxMessageLength) return ("refused at too great length", false, message[..300]);
            if (message.Any(char.IsControl)) return ("refused with control characters", false, message.Replace('\u001b', '?'));
            return ("refused", true, message);
        }
        catch (Exception error)
        {
            return (error.GetType().Name, false, error.ToString());
        }
    }
}

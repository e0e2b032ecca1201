using System.Diagnostics;
using System.Globalization;
using SaeDashboard.Sae.Features;

namespace SaeDashboard.Worker.CommandLine;

/// <summary>
/// Progress on standard error: one line rewritten in place on a terminal, otherwise a line every five seconds, so that
/// a log stays readable. Standard output is left to the result.
/// </summary>
internal sealed class ConsoleProgress(TextWriter error, bool terminal)
{
    private static readonly TimeSpan TerminalPeriod = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LogPeriod = TimeSpan.FromSeconds(5);

    private readonly Stopwatch sinceLine = Stopwatch.StartNew();
    private Stopwatch sinceStage = Stopwatch.StartNew();
    private string stageName = "";
    private bool lineOpen;
    private long stageStart;

    /// <summary>A remark that stays on the screen.</summary>
    public void Note(string text)
    {
        CloseLine();
        error.WriteLine(text);
    }

    /// <summary>How far a stage is; the rate and what remains are worked out from the time the stage began.</summary>
    /// <param name="stage">What is being done, as a person says it.</param>
    /// <param name="done">Units done.</param>
    /// <param name="total">Units in all.</param>
    /// <param name="unit">The unit's name, in the plural.</param>
    public void Report(string stage, long done, long total, string unit)
    {
        if (stage != stageName)
        {
            CloseLine();
            stageName = stage;
            stageStart = done;
            sinceStage = Stopwatch.StartNew();
            sinceLine.Restart();
        }
        var due = sinceLine.Elapsed >= (terminal ? TerminalPeriod : LogPeriod);
        if (!due && done < total) return;
        var seconds = sinceStage.Elapsed.TotalSeconds;
        var moved = done - stageStart;
        var rate = seconds > 0 ? moved / seconds : 0;
        var eta = rate > 0 && done < total ? $", {Duration((total - done) / rate)} left" : "";
        var line = string.Create(CultureInfo.InvariantCulture, $"{stage}: {done:N0} of {total:N0} {unit}, {rate:N0} {unit}/s{eta}");
        Write(line);
        sinceLine.Restart();
        if (done >= total) CloseLine();
    }

    /// <summary>The same for passes over clips.</summary>
    /// <param name="prefix">Put before the stage's name.</param>
    public IProgress<ClipProgress> Clips(string prefix) =>
        new SynchronousProgress<ClipProgress>(p => Report(prefix + p.Stage, p.Clips, p.Total ?? p.Clips, p.Unit));

    /// <summary>Ends a line that was being rewritten, so that what follows starts on its own.</summary>
    public void CloseLine()
    {
        if (lineOpen) error.WriteLine();
        lineOpen = false;
    }

    private void Write(string line)
    {
        if (!terminal)
        {
            error.WriteLine(line);
            return;
        }
        error.Write('\r' + line + "\u001b[K");
        lineOpen = true;
    }

    private static string Duration(double seconds) => seconds < 90
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:F0} min");
}

/// <summary>Calls back on the reporting thread: <see cref="Progress{T}"/> would post to the pool and print out of order.</summary>
internal sealed class SynchronousProgress<T>(Action<T> handler) : IProgress<T>
{
    public void Report(T value) => handler(value);
}

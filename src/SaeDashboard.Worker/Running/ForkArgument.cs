using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Worker.Running;

/// <summary>RUN[:STEP] on the command line, and what a run's config.json keeps of it.</summary>
internal static class ForkArgument
{
    /// <summary>Reads RUN or RUN:STEP; a folder whose own name ends in a colon and digits needs its step written.</summary>
    public static RunFork Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && long.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? new RunFork(Path.GetFullPath(text[..colon]), step)
            : new RunFork(Path.GetFullPath(text));
    }

    /// <summary>What a run that was begun already says it comes from; null: from nothing, or it has no readable config.json.</summary>
    public static RunFork? Of(string runPath)
    {
        try
        {
            return JsonFile.Read<Kept>(Path.Combine(runPath, "config.json")).ForkedFrom;
        }
        catch (UserException)
        {
            return null;
        }
    }

    private sealed record Kept(RunFork? ForkedFrom = null);
}

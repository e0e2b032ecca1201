using System.Text.Json;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Runs;

/// <summary>A planned run as text to take away.</summary>
internal static class RunCopy
{
    /// <summary>Its config.json.</summary>
    public static string Json(RunView run) => JsonSerializer.Serialize(run.Plan, JsonDefaults.Data);

    /// <summary>Commands for a shell in a clone that run the same again, in a folder of its own: the same settings and seed give the same SAE.</summary>
    public static string Commands(RunView run, DataRoot root)
    {
        var folder = Path.Combine(root.Runs, $"again-{run.Key}");
        var again = run with { Plan = run.Plan with { SaePath = Path.Combine(root.Saes, $"again-{run.Key}") } };
        return $"""
            mkdir {Quoted(folder)}
            cat > {Quoted(Path.Combine(folder, "config.json"))} <<'END'
            {Json(again)}
            END
            scripts/worker.sh run --run-dir {Quoted(folder)}
            """;
    }

    /// <summary>A path as one word of a shell.</summary>
    private static string Quoted(string path) => path.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '-' or '_' or '.') ? path : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}

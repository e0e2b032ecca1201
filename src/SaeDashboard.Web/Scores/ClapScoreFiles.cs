using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Labels;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Scores;

/// <summary>
/// CLAP scores of labels: what the verb <c>clap-score --json</c> printed, in scores/⟨hash of the SAE's weights⟩/clap.json of the data folder. Read once and kept: a file that
/// is put there by hand is read when the site starts.
/// </summary>
/// <param name="root">The data folder.</param>
/// <param name="log">For files that cannot be read.</param>
public sealed partial class ClapScoreFiles(DataRoot root, ILogger<ClapScoreFiles> log)
{
    private const string FileName = "clap.json";

    private readonly ConcurrentDictionary<string, Lazy<Known>> known = new(StringComparer.Ordinal);

    /// <summary>Scores of an SAE changed; its hash. Raised on the thread that noticed.</summary>
    public event Action<string>? Changed;

    /// <summary>The scores of an SAE's labels and when they were made; null: there are none, or the file cannot be read.</summary>
    public (ClapScores Scores, DateTimeOffset AtUtc)? Of(string saeHash) =>
        ClapScores.IsHash(saeHash) && known.GetOrAdd(saeHash, hash => new Lazy<Known>(() => Read(hash))).Value is { Scores: { } scores, AtUtc: var at } ? (scores, at) : null;

    /// <summary>Keeps scores in place of those there were.</summary>
    /// <param name="saeHash">The SAE that they should be of.</param>
    /// <param name="json">What the verb printed.</param>
    /// <exception cref="UserException">It is something else, is of another SAE, or cannot be written.</exception>
    public ClapScores Put(string saeHash, ReadOnlySpan<byte> json)
    {
        var scores = ClapScores.Parse("The body", json);
        if (scores.SaeHash != saeHash) throw new UserException($"The scores are of the SAE with the weights {scores.SaeHash[..12]}…; this one has {saeHash[..Math.Min(12, saeHash.Length)]}….");
        AtomicFile.WriteAllBytes(PathOf(saeHash), json);
        known[saeHash] = new Lazy<Known>(() => Read(saeHash));
        Changed?.Invoke(saeHash);
        return scores;
    }

    private string PathOf(string saeHash) => Path.Combine(root.Scores, saeHash, FileName);

    private Known Read(string saeHash)
    {
        var path = PathOf(saeHash);
        var file = new FileInfo(path);
        if (!file.Exists) return new Known(null, default);
        try
        {
            if (file.Length > ClapScores.MostBytes) throw new UserException($"{path} has {file.Length} bytes; {ClapScores.MostBytes} is the most for scores.");
            var scores = ClapScores.Parse(path, WholeFile.Read(path));
            if (scores.SaeHash != saeHash) throw new UserException($"{path} is of another SAE: its weights are {scores.SaeHash}.");
            return new Known(scores, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero));
        }
        catch (Exception error) when (error is UserException or IOException or UnauthorizedAccessException)
        {
            LogProblem(log, error.Message);
            return new Known(null, default);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem} The labels are shown without CLAP scores.")]
    private static partial void LogProblem(ILogger log, string problem);

    private sealed record Known(ClapScores? Scores, DateTimeOffset AtUtc);
}

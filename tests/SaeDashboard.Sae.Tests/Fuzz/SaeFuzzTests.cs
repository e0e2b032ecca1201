using System.Diagnostics;
using System.Globalization;

namespace SaeDashboard.Sae.Tests.Fuzz;

/// <summary>
/// Altered SAE folders load, or are refused by name, in bounded memory. A few here; <c>scripts/check.sh fuzz-saes</c> runs thousands, with
/// SAE_FUZZ_CASES and SAE_FUZZ_SEED (and SAE_FUZZ_FROM, to run one again).
/// </summary>
[Collection(nameof(Alone))]
public class SaeFuzzTests
{
    /// <summary>What a case allocates is counted for the whole process, so no other test may run meanwhile.</summary>
    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public sealed class Alone;

    [Fact]
    public void Altered_folders_load_or_are_refused_by_name()
    {
        var (cases, seed, from) = (Setting("SAE_FUZZ_CASES", 69), Setting("SAE_FUZZ_SEED", 1), Setting("SAE_FUZZ_FROM", 0));
        var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var failures = new List<string>();
        var slowest = (Milliseconds: 0.0, Case: new SaeFuzzCase(seed, from));
        using var temporary = TestFolders.Temporary();
        for (var number = from; number < from + cases; number++)
        {
            var fuzz = new SaeFuzzCase(seed, number);
            var watch = Stopwatch.StartNew();
            var folder = temporary.In("case");
            var (outcome, message) = fuzz.Run(folder);
            Directory.Delete(folder, recursive: true);
            if (watch.Elapsed.TotalMilliseconds > slowest.Milliseconds)
                slowest = (watch.Elapsed.TotalMilliseconds, fuzz);
            outcomes[$"{Path.GetExtension(fuzz.File)} {outcome}"] = outcomes.GetValueOrDefault($"{Path.GetExtension(fuzz.File)} {outcome}") + 1;
            if (outcome is not ("loaded" or "refused"))
                failures.Add($"{fuzz}: {outcome}\n{message}");
        }

        var report = $"{cases} cases, seed {seed}: {string.Join(", ", outcomes.Select(entry => $"{entry.Value} {entry.Key}"))}; " +
            FormattableString.Invariant($"slowest {slowest.Milliseconds:F0} ms ({slowest.Case})");
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        if (Environment.GetEnvironmentVariable("SAE_FUZZ_CASES") is not null)
            Console.WriteLine(report);
        Assert.True(failures.Count == 0, $"{report}\n{string.Join('\n', failures.Take(20))}");
        Assert.Contains(outcomes, entry => entry.Key.EndsWith("loaded", StringComparison.Ordinal));
        Assert.Contains(outcomes, entry => entry.Key.EndsWith("refused", StringComparison.Ordinal));
    }

    private static int Setting(string name, int standard) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : standard;
}

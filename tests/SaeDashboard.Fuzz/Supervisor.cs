using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SaeDashboard.Fuzz.Cases;

namespace SaeDashboard.Fuzz;

/// <summary>
/// Gives the cases to child processes: one that crashes or hangs is noted and the next child continues after it. A child's managed memory is
/// limited, so that a huge allocation fails even where the machine would grant it.
/// </summary>
internal sealed class Supervisor(int seed, int cases)
{
    private const int CasesOfAChild = 250;
    private const long HeapLimit = 1L << 30;
    // libtorch and the largest golden folder take about 300 MiB; every altered file is smaller than 2 MiB.
    private const long ResidentLimit = 512 << 10;
    private static readonly TimeSpan CaseLimit = TimeSpan.FromSeconds(20);

    private readonly SortedDictionary<string, int> outcomes = new(StringComparer.Ordinal);
    private readonly List<string> failures = [];
    private (double Milliseconds, int Case) slowest;
    private (long Bytes, int Case) largest;
    private long highestResident;

    public int Run()
    {
        var watch = Stopwatch.StartNew();
        for (var next = 0; next < cases;) next = RunChild(next, Math.Min(cases, next + CasesOfAChild));
        if (highestResident > ResidentLimit) failures.Add($"A child took {highestResident / 1024} MiB; at most {ResidentLimit / 1024} are enough.");
        foreach (var failure in failures) Console.WriteLine(failure);
        Console.WriteLine($"{cases} cases, seed {seed}, {watch.Elapsed.TotalSeconds:F0} s");
        foreach (var (outcome, count) in outcomes) Console.WriteLine($"{count,6} {outcome}");
        Console.WriteLine($"slowest: {slowest.Milliseconds:F0} ms ({new FuzzCase(seed, slowest.Case)})");
        Console.WriteLine($"most managed memory: {largest.Bytes / 1048576.0:F1} MiB ({new FuzzCase(seed, largest.Case)})");
        Console.WriteLine($"highest resident memory of a child: {highestResident / 1024} MiB");
        return failures.Count == 0 ? 0 : 1;
    }

    /// <returns>The first case that was not run.</returns>
    private int RunChild(int from, int to)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "--child", "--seed", Text(seed), "--from", Text(from), "--to", Text(to) }) start.ArgumentList.Add(argument);
        start.Environment["DOTNET_GCHeapHardLimit"] = HeapLimit.ToString("X", CultureInfo.InvariantCulture);
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        using var child = Process.Start(start)!;
        var errors = child.StandardError.ReadToEndAsync();
        var current = from;
        while (true)
        {
            var line = child.StandardOutput.ReadLineAsync();
            if (!line.Wait(CaseLimit))
            {
                child.Kill();
                return Lost(current, $"hangs for more than {CaseLimit.TotalSeconds} s", "");
            }
            if (line.Result is not { } text) break;
            if (text.StartsWith("begin ", StringComparison.Ordinal)) current = int.Parse(text.AsSpan(6), CultureInfo.InvariantCulture);
            else Note(current++, JsonSerializer.Deserialize<CaseResult>(text)!, child);
        }
        child.WaitForExit();
        return current >= to ? to : Lost(current, $"ends the process (exit code {child.ExitCode})", errors.Result);
    }

    private int Lost(int number, string how, string errors)
    {
        Count(how.Split('(')[0].Trim());
        failures.Add($"{new FuzzCase(seed, number)} {how}\n{errors[..Math.Min(errors.Length, 3_000)]}");
        return number + 1;
    }

    private void Note(int number, CaseResult result, Process child)
    {
        Count($"{new FuzzCase(seed, number).Kind}: {result.Outcome}");
        if (!result.IsGood) failures.Add($"{new FuzzCase(seed, number)}: {result.Outcome}\n{result.Message}\n");
        if (result.Milliseconds > slowest.Milliseconds) slowest = (result.Milliseconds, number);
        if (result.Allocated > largest.Bytes) largest = (result.Allocated, number);
        highestResident = Math.Max(highestResident, HighWater(child));
    }

    private void Count(string outcome) => outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;

    private static long HighWater(Process child)
    {
        try
        {
            var line = File.ReadLines($"/proc/{Text(child.Id)}/status").FirstOrDefault(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Trim(), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

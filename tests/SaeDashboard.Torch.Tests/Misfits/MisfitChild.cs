using System.Diagnostics;
using System.Runtime.CompilerServices;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests.Misfits;

/// <summary>Makes calls in a child process, which some of them end. The child is this test program, started with a variable set.</summary>
internal static class MisfitChild
{
    private const string Variable = "SAE_TEST_MISFITS";
    private const string Begun = "begun ";
    private const string Ended = "ended ";

    /// <summary>How the child of one round of calls ended, and what each call did: the exception's type, "nothing", or null where the process
    /// ended in it.</summary>
    public sealed record Round(int ExitCode, IReadOnlyDictionary<string, string?> Outcomes, string Error);

    /// <summary>Makes the calls in a child, in turn; where one ends the child, another child makes the rest.</summary>
    public static IReadOnlyList<Round> Run(IEnumerable<string> calls)
    {
        var rounds = new List<Round>();
        for (var left = calls.ToList(); left.Count > 0;)
        {
            var round = RunOnce(left);
            if (round.Outcomes.Count == 0) throw new UnreachableException($"The child began nothing: exit code {round.ExitCode}\n{round.Error}");
            left.RemoveAll(round.Outcomes.ContainsKey);
            rounds.Add(round);
        }
        return rounds;
    }

    private static Round RunOnce(IReadOnlyList<string> calls)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[Variable] = string.Join(' ', calls);
        using var child = Process.Start(start)!;
        var error = child.StandardError.ReadToEndAsync();
        var outcomes = new Dictionary<string, string?>();
        while (child.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(Begun, StringComparison.Ordinal)) outcomes.Add(line[Begun.Length..], null);
            if (line.StartsWith(Ended, StringComparison.Ordinal) && line[Ended.Length..].Split('\t') is [var call, var outcome]) outcomes[call] = outcome;
        }
        child.WaitForExit();
        return new Round(child.ExitCode, outcomes, error.Result);
    }

#pragma warning disable CA2255 // A test project is a program: nothing else can run before xUnit looks for its tests.
    [ModuleInitializer]
    internal static void BeChild()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } calls) return;
        TorchRuntime.Initialize(2);
        foreach (var call in calls.Split(' '))
        {
            Console.WriteLine(Begun + call);
            Console.WriteLine($"{Ended}{call}\t{Outcome(call)}");
        }
        Environment.Exit(0);
    }
#pragma warning restore CA2255

    private static string Outcome(string call)
    {
        var action = MisfitCalls.Guarded.GetValueOrDefault(call) ?? MisfitCalls.Ending[call];
        try
        {
            using var scope = NewDisposeScope();
            action();
            return "nothing";
        }
        catch (Exception error)
        {
            return error.GetType().Name;
        }
    }
}

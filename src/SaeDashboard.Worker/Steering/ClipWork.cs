using System.Diagnostics;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.Worker.Runs;

namespace SaeDashboard.Worker.Steering;

/// <summary>What the jobs that make and hear many steered clips have in common: the steering table and strength ladders.</summary>
internal static class ClipWork
{
    /// <summary>Does the work; how it ends is in the run's status.</summary>
    /// <exception cref="UserException">It was stopped; the run can continue.</exception>
    public static T Reporting<T>(RunFolder run, CancelWatch watch, Func<T> make)
    {
        run.Report(StageName.Evaluate, RunState.Running, 0, 0, 0, null);
        try
        {
            return make();
        }
        catch (OperationCanceledException stopped) when (watch.Token.IsCancellationRequested)
        {
            if (run.IsPresent) run.Report(StageName.Evaluate, run.EndState, run.Last?.Step ?? 0, run.Last?.Total ?? 0, 0, null);
            throw new UserException($"{run.Path}: stopped; the clips that were heard are kept. Continue with the same command and --resume.", stopped);
        }
        catch (Exception problem)
        {
            if (run.IsPresent) run.Report(StageName.Evaluate, RunState.Failed, run.Last?.Step ?? 0, run.Last?.Total ?? 0, 0, null, problem.Message);
            throw;
        }
    }

    /// <summary>Measures how long a column of a full batch takes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="hook">What is done to the residual stream of every row.</param>
    /// <param name="prompts">The rows take them by turns.</param>
    /// <param name="guidance">Guidance scale.</param>
    /// <param name="frames">Frames of a clip.</param>
    /// <param name="rows">Clips at once.</param>
    /// <param name="warm">Columns that are not measured.</param>
    /// <param name="measured">Columns that are.</param>
    /// <returns>Seconds.</returns>
    public static double ColumnSeconds(MusicGenModel model, SteeringHook hook, IReadOnlyList<string> prompts, double guidance, int frames, int rows, int warm, int measured)
    {
        var requests = Enumerable.Range(0, rows).Select(row => new GenerationRow { Prompt = prompts[row % prompts.Count], Seed = (ulong)row, Sampling = new SamplingSettings(Guidance: guidance), Hooks = [hook] });
        using var run = new Generator(model).Start([.. requests], Math.Max(frames, warm + measured));
        for (var column = 0; column < warm; column++) run.Advance();
        var clock = Stopwatch.StartNew();
        for (var column = 0; column < measured; column++) run.Advance();
        return clock.Elapsed.TotalSeconds / measured;
    }

    /// <summary>A time as an estimate says it: seconds, or minutes from 90 s on.</summary>
    public static string About(double seconds) => seconds < 90 ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F0} s") : string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:F0} min");
}

using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.MusicGen;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.SelfTest;

/// <summary><c>selftest</c>: what the unit tests prove about the engine, on a machine that has no test runner.</summary>
internal sealed class SelftestVerb : Verb
{
    /// <summary>Golden folders next to the program (linked from the tests').</summary>
    private const string ShippedFolder = "selftest";

    private readonly Option<string?> deviceOption = CommonOptions.Device();
    private readonly Option<string?> goldenOption = new("--golden") { Description = "Golden folders to compare with (default: those next to the program)", HelpName = "dir" };

    public SelftestVerb() : base("selftest", "Compares what this machine computes with the reference implementation's results, and checks what the engine promises.",
        "selftest")
    {
        Options.Add(deviceOption);
        Options.Add(goldenOption);
    }

    public override VerbResult Run(VerbContext context)
    {
        var device = ComputeDevice.Parse(context.Get(deviceOption)!);
        var root = context.Find(goldenOption) ?? Path.Combine(AppContext.BaseDirectory, ShippedFolder);
        var watch = Stopwatch.StartNew();
        var results = new List<CheckResult>();
        foreach (var folder in Folders(root))
        {
            using var golden = new Golden(folder, new ModelOptions(Device: device));
            foreach (var check in new ParityChecks(golden, Path.Combine(root, "sampling")).All().Concat(new EngineChecks(golden).All()))
            {
                context.Cancellation.ThrowIfCancellationRequested();
                results.Add(check.Run(golden.Name));
            }
        }
        var failed = results.Where(result => !result.Passed).ToArray();
        var data = new
        {
            passed = failed.Length == 0,
            device = device.ToString(),
            dtype = ComputeNames.Float32,
            threads = TorchRuntime.Threads,
            libtorchCompiled = TorchRuntime.CompiledVersion,
            libtorchLoaded = TorchRuntime.LoadedVersion,
            blas = TorchRuntime.Blas,
            seconds = watch.Elapsed.TotalSeconds,
            failed = failed.Select(result => $"{result.Model}: {result.Name}"),
            checks = results,
        };
        var end = string.Create(CultureInfo.InvariantCulture, $"{results.Count - failed.Length} passed, {failed.Length} failed on {device}, ")
            + string.Create(CultureInfo.InvariantCulture, $"{TorchRuntime.Threads} threads, {TorchRuntime.Description}, {TorchRuntime.Blas}; {watch.Elapsed.TotalSeconds:F1} s");
        return new VerbResult(data, CheckTable.Of(results) + end, Failed: failed.Length > 0);
    }

    private static string[] Folders(string root)
    {
        if (!Directory.Exists(root))
            throw new UserException($"{root} does not exist: give --golden the tests' folder Golden, or build the worker again.");
        string[] folders = [.. Directory.EnumerateDirectories(root).Where(folder => Directory.Exists(Path.Combine(folder, "expected"))).Order(StringComparer.Ordinal)];
        return folders.Length > 0 ? folders : throw new UserException($"{root} holds no golden folder (a model with a folder 'expected' in it).");
    }
}

/// <summary>One thing to prove.</summary>
/// <param name="Name">What is compared.</param>
/// <param name="Unit">Of the error.</param>
/// <param name="Tolerance">The largest error that passes.</param>
/// <param name="Measure">Computes, and gives the error.</param>
internal sealed record Check(string Name, string Unit, double Tolerance, Func<double> Measure)
{
    /// <summary>Runs it. A check that throws has failed, and the next ones are run all the same.</summary>
    public CheckResult Run(string model)
    {
        try
        {
            var error = Measure();
            return double.IsFinite(error)
                ? new CheckResult(model, Name, error, Tolerance, Unit, null)
                : new CheckResult(model, Name, null, Tolerance, Unit, "the result is not finite");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return new CheckResult(model, Name, null, Tolerance, Unit, error.Message);
        }
    }
}

/// <summary>One thing that was proven, or was not.</summary>
/// <param name="Model">The golden folder.</param>
/// <param name="Name">What was compared.</param>
/// <param name="Error">How far it is off, in <paramref name="Unit"/>; null when it could not be measured.</param>
/// <param name="Tolerance">How far it may be off.</param>
/// <param name="Unit">"relative" (of the largest value), or what is counted.</param>
/// <param name="Problem">Why it could not be measured; otherwise null.</param>
internal sealed record CheckResult(string Model, string Name, double? Error, double Tolerance, string Unit, string? Problem)
{
    public bool Passed => Error <= Tolerance;
}

/// <summary>The checks as a person reads them.</summary>
internal static class CheckTable
{
    public static string Of(IReadOnlyList<CheckResult> results)
    {
        var model = Math.Max("model".Length, results.Max(result => result.Model.Length));
        var name = Math.Max("check".Length, results.Max(result => result.Name.Length));
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{"model".PadRight(model)}  {"check".PadRight(name)}  {"error",9}  {"at most",9}\n");
        foreach (var result in results)
        {
            text.Append(CultureInfo.InvariantCulture, $"{result.Model.PadRight(model)}  {result.Name.PadRight(name)}  {Number(result.Error),9}  {Number(result.Tolerance),9}")
                .Append(CultureInfo.InvariantCulture, $"  {result.Unit,-8}  {(result.Passed ? "ok" : "FAILED")}{(result.Problem is { } problem ? ": " + problem : "")}\n");
        }
        return text.ToString();
    }

    private static string Number(double? value) => value switch
    {
        null => "–",
        { } number when number == Math.Floor(number) => number.ToString("F0", CultureInfo.InvariantCulture),
        { } number => number.ToString("0.0e+0", CultureInfo.InvariantCulture),
    };
}

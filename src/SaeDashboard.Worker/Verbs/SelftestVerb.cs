using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.MusicGen;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.SelfTest;

namespace SaeDashboard.Worker.Verbs;

/// <summary><c>selftest</c>: what the unit tests prove about the engine, on a machine that has no test runner.</summary>
internal sealed class SelftestVerb : Verb
{
    /// <summary>Golden folders next to the program (linked from the tests').</summary>
    private const string ShippedFolder = "selftest";

    private readonly Option<string?> deviceOption = CommonOptions.Device();
    private readonly Option<string?> goldenOption = new("--golden") { Description = "Golden folders to compare with (default: those beside the program)", HelpName = "dir" };

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
            dtype = "float32",
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

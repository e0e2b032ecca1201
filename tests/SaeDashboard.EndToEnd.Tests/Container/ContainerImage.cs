using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Container;

/// <summary>
/// The image's files, made once for all tests by the Dockerfile's own steps: a folder for each stage takes the place of a container, this
/// machine's SDK and Node.js those of the base images. What a step finds is what was copied for it, and nothing else of the clone.
/// </summary>
public sealed partial class ContainerImage : IAsyncLifetime
{
    private static readonly TimeSpan LongestStep = TimeSpan.FromMinutes(8);

    private readonly string work = Directory.CreateTempSubdirectory("sae-image-").FullName;
    private readonly Dictionary<string, string> roots = [];

    internal Dockerfile Dockerfile { get; } = Dockerfile.Read(Path.Combine(Clone.Root, "Dockerfile"));

    /// <summary>The folder that is the container's "/".</summary>
    internal string Root => roots[""];

    /// <summary>A stage's "/".</summary>
    internal string StageRoot(string name) => roots[name];

    /// <summary>Where a path of the container is here.</summary>
    internal string PathOf(string path) => Root + path;

    public async ValueTask InitializeAsync()
    {
        var watch = Stopwatch.StartNew();
        foreach (var stage in Dockerfile.Stages)
        {
            var root = Directory.CreateDirectory(Path.Combine(work, stage.Name ?? "image")).FullName;
            roots[stage.Name ?? ""] = root;
            var folder = "/";
            foreach (var step in stage.Steps)
            {
                if (step.Name == "WORKDIR") Directory.CreateDirectory(root + (folder = step.Text));
                if (step.Name == "COPY") await CopyAsync(step, root, folder);
                if (step.Name == "RUN") await RunAsync(step.Text, root, root + folder);
            }
        }
        Report.Figure("The image's steps without a container engine", $"{watch.Elapsed.TotalSeconds:F0} s");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(work, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs a program to its end.</summary>
    internal static async Task<(int ExitCode, string Output)> RunAsync(string folder, IReadOnlyDictionary<string, string> environment, params string[] command)
    {
        var start = new ProcessStartInfo(command[0]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in command.Skip(1)) start.ArgumentList.Add(word);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        // The program's end, not that of its pipes: what it leaves running may hold them.
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(LongestStep);
        var whole = Task.WhenAll(output, error);
        await Task.WhenAny(whole, Task.Delay(TimeSpan.FromSeconds(2)));
        return (process.ExitCode, whole.IsCompletedSuccessfully ? output.Result + error.Result : "");
    }

    private async Task CopyAsync(Step step, string root, string folder)
    {
        var target = Path.Combine(root, Path.Combine(folder, step.Words[^1]).TrimStart('/'));
        foreach (var source in step.Words[..^1])
        {
            if (step.Flags.TryGetValue("from", out var stage))
            {
                Directory.CreateDirectory(target);
                var (code, output) = await RunAsync(root, new Dictionary<string, string>(), "cp", "-a", "--link", roots[stage] + source + "/.", target);
                Assert.True(code == 0, output);
                continue;
            }
            foreach (var file in new BuildContext(Clone.Root).Files(source))
            {
                // A file goes into a folder ("./") or takes a name; a folder's contents go into the target.
                var under = file == source ? (step.Words[^1].EndsWith('/') ? Path.GetFileName(file) : "") : Path.GetRelativePath(source, file);
                var copy = under.Length == 0 ? target : Path.Combine(target, under);
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(Path.Combine(Clone.Root, file), copy);
            }
        }
    }

    private static async Task RunAsync(string command, string root, string folder)
    {
        // Analyzers have judged the same sources when these tests were built; no build server stays behind. The user of the tests is the image's.
        var environment = new Dictionary<string, string>
        {
            ["RunAnalyzers"] = "false", ["MSBUILDDISABLENODEREUSE"] = "1", ["UseSharedCompilation"] = "false", ["APP_UID"] = OwnId().ToString(CultureInfo.InvariantCulture),
        };
        var here = command.Replace(" /data", $" {root}/data", StringComparison.Ordinal);
        var (code, output) = await RunAsync(folder, environment, "bash", "-c", here);
        Assert.True(code == 0, $"RUN {command}: exit code {code}{Environment.NewLine}{output}");
    }

    private static int OwnId() => int.Parse(OwnIdLine().Match(File.ReadAllText("/proc/self/status")).Groups["id"].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^Uid:\s+\d+\s+(?<id>\d+)", RegexOptions.Multiline)]
    private static partial Regex OwnIdLine();
}

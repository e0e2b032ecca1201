using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SaeDashboard.Core.Runs;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Container;

/// <summary>What the Dockerfile makes works where nothing else of the clone is, and ends as "docker stop" asks.</summary>
[Trait("Length", "Long")]
public sealed partial class ContainerTests(ContainerImage image, BrowserFixture browser) : IClassFixture<ContainerImage>
{
    private const int Megabyte = 1 << 20;

    // Of glibc and the compiler's runtime: the packages libc6, libgcc-s1 and libstdc++6, which are in the base image.
    private static readonly string[] InBaseImage =
    [
        "linux-vdso.so.1", "ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libgcc_s.so.1", "libstdc++.so.6",
    ];

    private static readonly LocatorAssertionsToHaveAttributeOptions Patience = new() { Timeout = 60_000 };

    [Fact]
    public void The_image_holds_the_site_its_worker_and_one_libtorch()
    {
        Assert.True(File.Exists(image.PathOf("/app/wwwroot/lib/icons.svg")));
        Assert.True(File.Exists(image.PathOf("/app/demo/model/config.json")));
        Assert.True(Directory.Exists(image.PathOf("/data")));
        var libtorch = Directory.GetFiles(image.Root, "libtorch_cpu.so", SearchOption.AllDirectories);
        Assert.Equal([image.PathOf("/app/worker/libtorch/libtorch_cpu.so")], libtorch);
        var bytes = Directory.GetFiles(image.Root, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        Assert.InRange(bytes, 1, 700L * Megabyte);
        Report.Figure("What the image adds to its base", $"{bytes / Megabyte} MB");
        // The SDK's image has no Node.js: the first stage has brought what the pages load.
        Assert.False(Directory.Exists(image.StageRoot("build") + "/src/node_modules"));
    }

    [Fact]
    public async Task Its_native_libraries_need_nothing_that_the_base_image_lacks()
    {
        var libraries = Directory.GetFiles(image.PathOf("/app"), "*.so*", SearchOption.AllDirectories);
        Assert.True(libraries.Length >= 5, string.Join(' ', libraries));
        foreach (var library in libraries)
        {
            var (_, output) = await ContainerImage.RunAsync(image.Root, new Dictionary<string, string>(), "ldd", library);
            var foreign = Needed().Matches(output).Where(line => !line.Groups["path"].Value.StartsWith(image.Root, StringComparison.Ordinal))
                .Select(line => Path.GetFileName(line.Groups["name"].Value)).Except(InBaseImage);
            Assert.True(!foreign.Any(), $"{Path.GetFileName(library)} needs {string.Join(", ", foreign)}");
        }
    }

    [Fact]
    public async Task The_command_line_computes_with_the_images_own_libtorch()
    {
        var (code, output) = await ContainerImage.RunAsync(
            image.PathOf("/data"), new Dictionary<string, string>(), image.PathOf("/app/worker/SaeDashboard.Worker"), "info", "--model", image.PathOf("/app/demo/model"), "--json");
        Assert.True(code == 0, output);
        // There is no other: the folder that a clone's build names does not exist here.
        var built = await File.ReadAllTextAsync(image.PathOf("/app/worker/libtorch/libtorch.version"), TestContext.Current.CancellationToken);
        Assert.Contains($"\"libtorchLoaded\": \"{built.Trim()}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopped_in_the_middle_of_a_run_it_leaves_nothing_at_work_and_the_run_is_resumed_to_its_end()
    {
        var entry = Assert.Single(image.Dockerfile.Image.Of("ENTRYPOINT")).Exec!;
        await using var site = await SiteProcess.StartNewAsync(image.PathOf(entry[0]), image.Dockerfile.Image.Environment);
        Assert.Equal(0, await HealthAsync(site));
        await using var visit = await browser.OpenAsync(site, "runs/new");
        var page = visit.Page;
        // Its own styles, not the empty body of a file that is missing.
        Assert.NotEqual("", await page.EvaluateAsync<string>("() => getComputedStyle(document.documentElement).getPropertyValue('--panel')"));
        var id = await RunForm.StartAsync(page, steps: 10_000);
        var run = Path.Combine(site.Data, "runs", id);
        await Poll.UntilAsync("the run trains", TimeSpan.FromSeconds(60), () => RunFolder.ReadStatus(run) is { Stage: StageName.Train, Step: > 0 });

        var watch = Stopwatch.StartNew();
        visit.Forgive();
        Assert.Equal(0, await site.TerminateAsync());
        var seconds = watch.Elapsed.TotalSeconds;
        // At this moment a container's other processes are killed: there must be none.
        Assert.Empty(site.Workers("run"));
        Assert.Empty(site.Workers("serve"));
        var status = RunFolder.ReadStatus(run)!;
        Assert.Equal(RunState.Paused, status.State);
        Assert.InRange(status.Step, 1, 9_999);
        Assert.Single(RunCheckpoints.List(run), checkpoint => checkpoint.Step == status.Step);
        Assert.NotEqual(0, await HealthAsync(site));
        Report.Figure("A container's stop in the middle of a run", $"{seconds:F1} s, at step {status.Step}");

        await site.StartAsync();
        visit.Judge();
        await visit.GoAsync($"runs/{id}");
        await Assertions.Expect(page.Locator("[data-run]")).ToHaveAttributeAsync("data-state", RunState.Paused.Name());
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Resume" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-run]")).ToHaveAttributeAsync("data-state", RunState.Done.Name(), Patience);
        Assert.Contains(File.ReadAllLines(Path.Combine(run, "metrics.jsonl")), line => JsonNode.Parse(line)?["resumedFrom"]?.GetValue<long>() == status.Step);
        // A page that is open delays a stop by up to 5 s; once is enough.
        await page.GotoAsync("about:blank");
        Assert.Equal(0, await site.TerminateAsync());
    }

    /// <summary>The image's health check, as a container runs it: 0 is healthy.</summary>
    private async Task<int> HealthAsync(SiteProcess site)
    {
        var command = Assert.Single(image.Dockerfile.Image.Of("HEALTHCHECK")) is var check ? (check with { Text = check.Text["CMD ".Length..] }).Exec! : [];
        var environment = new Dictionary<string, string> { ["Web__Port"] = site.Port.ToString(CultureInfo.InvariantCulture) };
        return (await ContainerImage.RunAsync(site.Data, environment, image.PathOf(command[0]))).ExitCode;
    }

    /// <summary>ldd's lines: a name, and where it was found ("not found" is not a path).</summary>
    [GeneratedRegex(@"^\s+(?<name>\S+)( => (?<path>/\S+)?)?", RegexOptions.Multiline)]
    private static partial Regex Needed();
}

using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Serving;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Tests.Serving;

/// <summary>The music worker is kept alive: with the real worker, which has nothing to load here and so is there at once.</summary>
public sealed class ServeSupervisorTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();
    private readonly WorkerDevices devices = new();
    private readonly DataRoot root;

    public ServeSupervisorTests() => root = DataRoot.Open(folder["data"], folder["no-demo"]);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_killed_worker_is_started_again_after_a_pause_that_is_shown()
    {
        using var supervisor = Supervisor();
        var seen = new List<ServeState>();
        supervisor.Changed += () => seen.Add(supervisor.State);
        await supervisor.StartAsync(Limit);
        try
        {
            await supervisor.Connect(Patience, Limit);
            var first = supervisor.ProcessId!.Value;
            Process.GetProcessById(first).Kill();
            await Until(() => supervisor.State.Status == ServeStatus.Down);
            Assert.Contains("unexpectedly", supervisor.State.Message, StringComparison.Ordinal);
            Assert.NotNull(supervisor.State.RetryUtc);
            await Until(() => supervisor.State.Status == ServeStatus.Ready);
            Assert.NotEqual(first, supervisor.ProcessId);
            Assert.Contains(seen, state => state.Status == ServeStatus.Starting);
        }
        finally
        {
            await supervisor.StopAsync(Limit);
        }
        Assert.False(File.Exists(ServePaths.Socket(root.Path)));
    }

    [Fact]
    public async Task The_next_site_takes_over_a_worker_of_its_build_ends_another_one_and_its_own_when_it_stops()
    {
        var before = Supervisor();
        await before.StartAsync(Limit);
        await before.Connect(Patience, Limit);
        var worker = before.ProcessId!.Value;
        await Abandon(before);
        Assert.True(IsAlive(worker));

        var next = Supervisor();
        await next.StartAsync(Limit);
        await next.Connect(Patience, Limit);
        Assert.Equal(worker, next.ProcessId);
        // What the worker can compute on comes with its first answer.
        Assert.True(devices.IsReported);
        Assert.Equal("cpu", devices.Available[0].Id);
        await Abandon(next);

        using var rebuilt = Supervisor(OtherBuild());
        await rebuilt.StartAsync(Limit);
        await rebuilt.Connect(Patience, Limit);
        Assert.NotEqual(worker, rebuilt.ProcessId);
        Assert.False(IsAlive(worker));
        var last = rebuilt.ProcessId!.Value;
        await rebuilt.StopAsync(Limit);
        Assert.False(IsAlive(last));
    }

    [Fact]
    public async Task Without_a_program_it_says_what_is_missing_and_asks_fail_with_that()
    {
        var site = new SiteOptions { Worker = folder["nowhere"] };
        using var supervisor = Supervisor(site);
        using var client = new ServeClient(supervisor, root);
        await supervisor.StartAsync(Limit);
        await Until(() => supervisor.State.Status == ServeStatus.Down);
        Assert.Contains(folder["nowhere"], client.State.Message, StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<UserException>(() => supervisor.Connect(TimeSpan.FromMilliseconds(10), Limit));
        Assert.Contains(folder["nowhere"], error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<UserException>(() => client.DecodeAsync("/etc", new CodeGrid(4, 1), Limit));
        Assert.Null(client.Progress("take-20261123-101502-x7k2"));
        Assert.Null(client.Progress("../../etc"));
        await supervisor.StopAsync(Limit);
    }

    [Fact]
    public void Pauses_grow_to_half_a_minute_and_start_again_after_good_health()
    {
        var backOff = new BackOff();
        Assert.Equal([1, 2, 4, 8, 16, 30, 30], Enumerable.Range(0, 7).Select(_ => backOff.Next().TotalSeconds));
        backOff.WellFor(TimeSpan.FromSeconds(29));
        Assert.Equal(30, backOff.Next().TotalSeconds);
        backOff.WellFor(TimeSpan.FromSeconds(30));
        Assert.Equal(1, backOff.Next().TotalSeconds);
    }

    private static CancellationToken Limit => TestContext.Current.CancellationToken;

    private ServeSupervisor Supervisor(SiteOptions? site = null)
    {
        var compute = Options.Create(new ComputeOptions { Threads = 1 });
        return new ServeSupervisor(new ServeProcess(root, Options.Create(site ?? new SiteOptions()), compute), root, compute, devices, TimeProvider.System, NullLogger<ServeSupervisor>.Instance);
    }

    /// <summary>Ends as a killed site does: its loop stops without notifying the worker.</summary>
    private static async Task Abandon(ServeSupervisor supervisor)
    {
        var loop = supervisor.ExecuteTask!;
        supervisor.Dispose();
        await loop.WaitAsync(Patience, Limit);
    }

    /// <summary>A program that is the worker, among libraries that are not: another build.</summary>
    private SiteOptions OtherBuild()
    {
        var program = Path.Combine(Directory.CreateDirectory(folder["rebuilt"]).FullName, "SaeDashboard.Worker");
        File.WriteAllText(program, $"#!/bin/sh\nexec '{WorkerProgram.Find(new SiteOptions())}' \"$@\"\n");
        if (OperatingSystem.IsLinux()) File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(Path.Combine(folder["rebuilt"], "SaeDashboard.Other.dll"), "other");
        return new SiteOptions { Worker = program };
    }

    private static bool IsAlive(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task Until(Func<bool> holds)
    {
        var watch = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(watch.Elapsed < Patience, "It did not come to pass.");
            await Task.Delay(20, Limit);
        }
    }
}

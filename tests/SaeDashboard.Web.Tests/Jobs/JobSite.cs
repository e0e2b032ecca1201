using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SaeDashboard.Core.Runs;
using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Live;

namespace SaeDashboard.Web.Tests.Jobs;

/// <summary>The part of the site that has to do with jobs, with its rounds made by hand.</summary>
internal sealed class JobSite : IDisposable
{
    /// <summary>How long a site that stops waits for its jobs.</summary>
    public const double StopSeconds = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Database database;

    /// <param name="data">The data folder.</param>
    /// <param name="worker">The worker's program.</param>
    /// <param name="log">The executor's log, or null.</param>
    public JobSite(string data, string worker, ILogger<JobExecutor>? log = null)
    {
        Root = DataRoot.Open(data, Path.Combine(Repository.Root, "demo"));
        Database = database = Database.Open(Root.Path);
        var compute = Options.Create(new ComputeOptions { CancelSeconds = 1.5, StopSeconds = StopSeconds, MemoryReserve = 0 });
        var launcher = new WorkerLauncher(Options.Create(new SiteOptions { Worker = worker }), compute);
        Rows = new JobRepository(database);
        Queue = new JobQueue(Rows);
        Bus = new ProgressBus(Root);
        Registry = new RunRegistry(Root, new RunRepository(database), new AuditRepository(database), Queue, Bus, launcher, Devices);
        Executor = new JobExecutor(Root, Queue, launcher, Registry, new MemoryCheck(compute), compute, log ?? NullLogger<JobExecutor>.Instance);
        Person = new UserRepository(database).Local("Ada");
        Executor.Prepare();
    }

    public Database Database { get; }

    public Actor Person { get; }

    public DataRoot Root { get; }

    public JobRepository Rows { get; }

    public JobQueue Queue { get; }

    public ProgressBus Bus { get; }

    public RunRegistry Registry { get; }

    public WorkerDevices Devices { get; } = new();

    public JobExecutor Executor { get; }

    public string Start(string name, string device = "cpu") => Registry.Start(
        new RunPlan { ModelPath = Path.Combine(Root.Demo, "model"), DatasetPath = Path.Combine(Root.Demo, "dataset"), Layer = 4, Device = device, ActivationsPath = "", SaePath = "" }, name, Person);

    public RunView View(string id) => Registry.Find(id) ?? throw new InvalidOperationException($"{id} is not there");

    public string Folder(string id) => Path.Combine(Root.Runs, id);

    /// <summary>Makes rounds until it holds.</summary>
    public void Until(Func<bool> holds, string what)
    {
        var until = DateTime.UtcNow + Patience;
        while (true)
        {
            Executor.Tick();
            Registry.Scan();
            foreach (var run in Registry.Runs.Where(run => run.Active).ToArray()) Registry.Refresh(run.Id);
            if (holds()) return;
            Assert.True(DateTime.UtcNow < until, $"waited in vain: {what}; now {string.Join(", ", Registry.Runs.Select(run => $"{run.Name} {run.Status.State} {run.Waiting} {run.Status.Error}"))}");
            Thread.Sleep(20);
        }
    }

    public void UntilState(string id, RunState state) => Until(() => View(id).Status.State == state, $"{id} is {state}");

    /// <summary>The worker that has written its status.</summary>
    public int Worker(string id)
    {
        Until(() => RunFolder.ReadStatus(Folder(id)) is { State: RunState.Running, ProcessId: not null }, "the worker runs");
        return RunFolder.ReadStatus(Folder(id))!.ProcessId!.Value;
    }

    /// <summary>From now on nothing can be stored, as on a full disk.</summary>
    public void LoseStore() => database.Dispose();

    /// <summary>The session that a process belongs to.</summary>
    public static int SessionOf(int process) =>
        int.Parse(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat")).Split(") ")[1].Split(' ')[3], CultureInfo.InvariantCulture);

    public void Dispose()
    {
        Executor.Dispose();
        database.Dispose();
    }
}

using System.Diagnostics;

namespace SaeDashboard.Web.Hosting;

/// <summary>Where the site listens, and the folders it may read: the section <c>Web</c> of appsettings.json and the command line.</summary>
public sealed class SiteOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Web";

    /// <summary>The address: 127.0.0.1, ::1 or localhost for this machine alone; another of this machine's, or 0.0.0.0, for others too, who then sign in.</summary>
    public string Listen { get; set; } = "127.0.0.1";

    /// <summary>The port; 0 takes a free one.</summary>
    public int Port { get; set; } = 5080;

    /// <summary>Whether people sign in: on, off, or auto: where there are accounts, and where other machines reach the site.</summary>
    public string Accounts { get; set; } = "auto";

    /// <summary>A word that opens the site without accounts to who has it, and makes the first admin of one with accounts. Empty: none.</summary>
    public string AccessToken { get; set; } = "";

    /// <summary>The names, with commas between them, under which browsers reach the site, as behind a reverse proxy. Empty: on loopback that machine's, elsewhere every name.</summary>
    public string Hosts { get; set; } = "";

    /// <summary>The worker's program; empty: the one built with this one.</summary>
    public string Worker { get; set; } = "";

    /// <summary>The folder of the shipped model, dataset, SAE and presets; empty: <c>demo/</c> of the clone.</summary>
    public string Demo { get; set; } = "";
}

/// <summary>What the workers may take of this machine: the section <c>Compute</c> of appsettings.json.</summary>
public sealed class ComputeOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Compute";

    /// <summary>Threads a worker computes with; 0: every core.</summary>
    public int Threads { get; set; }

    /// <summary>Threads of a job, when it should have others than <see cref="Threads"/>; 0: as many.</summary>
    public int JobThreads { get; set; }

    /// <summary>Threads of the worker that makes music; 0: as many as <see cref="Threads"/> says, or half of the cores where that is 0 too.</summary>
    public int ServeThreads { get; set; }

    /// <summary>A folder with another libtorch's libraries that workers load, such as a PyTorch installation's torch/lib; empty: the one built with.</summary>
    public string LibTorch { get; set; } = "";

    /// <summary>Whether the site starts the worker that makes music at all; tests of pages do without.</summary>
    public bool Serve { get; set; } = true;

    /// <summary>How many jobs compute at a time on each device; the others wait. Jobs on different devices run side by side.</summary>
    public int JobsAtOnce { get; set; } = 1;

    /// <summary>nice(1) of jobs, 0 to 19: music that is being made goes before training.</summary>
    public int Niceness { get; set; } = 5;

    /// <summary>Seconds that a cancelled job has to save its state before SIGTERM, and as long again before SIGKILL.</summary>
    public double CancelSeconds { get; set; } = 20;

    /// <summary>
    /// Whether the jobs stop when the site does. Off, they continue, and the next site finds them. On in a container, where every process ends with
    /// the first one: each job saves its state and is paused.
    /// </summary>
    public bool StopJobsWithSite { get; set; }

    /// <summary>Seconds the site waits for its jobs to save their state when they stop with it (<see cref="StopJobsWithSite"/>).</summary>
    public double StopSeconds { get; set; } = 45;

    /// <summary>Memory (MB) that a job must leave free.</summary>
    public int MemoryReserve { get; set; } = 256;

    /// <summary>Passes on what a worker cannot read itself: the site's settings may come from its command line or environment.</summary>
    internal void Apply(ProcessStartInfo worker)
    {
        if (LibTorch.Length > 0) worker.Environment.TryAdd("SAE_LIBTORCH", LibTorch);
    }
}

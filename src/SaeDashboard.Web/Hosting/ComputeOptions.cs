namespace SaeDashboard.Web.Hosting;

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

    /// <summary>Whether the site starts the worker that makes music at all; tests of pages do without.</summary>
    public bool Serve { get; set; } = true;

    /// <summary>How many jobs compute at a time on each device; the others wait. Jobs on different devices run side by side.</summary>
    public int JobsAtOnce { get; set; } = 1;

    /// <summary>nice(1) of jobs, 0 to 19: music that is being made goes before training.</summary>
    public int Niceness { get; set; } = 5;

    /// <summary>Seconds a cancelled job has to keep its state before it is told to end (SIGTERM), and again as long before it is killed.</summary>
    public double CancelSeconds { get; set; } = 20;

    /// <summary>Memory (MB) that a job must leave free.</summary>
    public int MemoryReserve { get; set; } = 256;
}

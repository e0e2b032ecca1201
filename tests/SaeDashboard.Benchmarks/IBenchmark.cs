namespace SaeDashboard.Benchmarks;

/// <summary>One thing that is timed.</summary>
internal interface IBenchmark
{
    /// <summary>What it is called on the command line.</summary>
    string Name { get; }

    /// <summary>Times it; figures come as they are known.</summary>
    IEnumerable<Figure> Run();
}

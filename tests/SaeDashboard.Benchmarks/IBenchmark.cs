namespace SaeDashboard.Benchmarks;

/// <summary>One thing that is timed.</summary>
internal interface IBenchmark
{
    /// <summary>What it is called on the command line.</summary>
    string Name { get; }

    /// <summary>Whether it runs only when it is named: it takes minutes, and is a check of its own.</summary>
    bool OnlyByName => false;

    /// <summary>Times it; figures come as they are known.</summary>
    IEnumerable<Figure> Run();
}

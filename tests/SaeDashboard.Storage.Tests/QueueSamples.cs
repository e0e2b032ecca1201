using static SaeDashboard.Storage.Tests.TemporaryStore;

namespace SaeDashboard.Storage.Tests;

/// <summary>Queues and annotations for tests.</summary>
internal static class QueueSamples
{
    public static readonly string Dataset = new('d', 64);

    public static Actor Cleo { get; } = new("cleo", "Cleo");

    public static QueueContent Queue(params int[] features) => new("Drums", Taiko.SaeHash, Dataset, features, QueueMode.BlindFirst, "Hear first.", 1, [], []);

    public static string Id(int number) => $"00000000-0000-4000-8000-{number:d12}";

    public static AnnotationContent Says(QueueRow queue, int feature, AnnotationVerdict verdict, string? label = null) =>
        new(queue.Id, feature, AnnotationKind.Annotation, verdict, [], label, null, [], null, 0, 17);
}

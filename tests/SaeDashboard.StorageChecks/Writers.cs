using System.Globalization;
using SaeDashboard.Core.Presets;
using SaeDashboard.Storage;

namespace SaeDashboard.StorageChecks;

/// <summary>
/// Four writers at once: labels, ratings, presets, takes and annotations until the process is killed. What was acknowledged is printed, a line each; a
/// pipe keeps it when the process dies.
/// </summary>
internal static class Writers
{
    public const int Count = 4, Features = 40;

    public static readonly string Sae = new('a', 64);

    public static int Run(string folder, int seed)
    {
        using var database = Database.Open(folder);
        var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        var gate = new Lock();
        Acknowledge("open", "", "");
        var threads = Enumerable.Range(0, Count).Select(writer => new Thread(() => Write(database, writer, new Random(seed * Count + writer), Acknowledge))).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return 0;

        void Acknowledge(string kind, string id, string value)
        {
            lock (gate) output.WriteLine($"{kind}\t{id}\t{value}");
        }
    }

    public static SteeringPreset Preset(string name) => new()
    {
        Name = name,
        Description = name,
        Seed = 7,
        Frames = 2,
        Guidance = 3,
        Temperature = 1,
        TopK = 250,
        TopP = 1,
        Sae = new PresetSae("sae", Sae, "layers.4.resid_post"),
        Steers = [new PresetSteer(1337, 2.5, "add", 0.42)],
        Model = new PresetModel("model", new string('c', 64), new string('d', 64), 50),
        Arms = new Dictionary<string, PresetCodes> { [PresetArms.Baseline] = new(2, 2, "AAABAAIAAwA="), [PresetArms.Steered] = new(2, 2, "AAABAAIAAwA=") },
    };

    /// <summary>The SAE of the queues: labels of annotations meet no others.</summary>
    public static readonly string QueueSae = new('e', 64);

    private static QueueContent Queue(int writer) => new($"queue {writer}", QueueSae, new string('d', 64), [.. Enumerable.Range(writer * 1000, 1000)], QueueMode.BlindFirst, "", 1, [], []);

    private static void Write(Database database, int writer, Random random, Action<string, string, string> acknowledge)
    {
        var (labels, ratings) = (new LabelRepository(database), new RatingRepository(database));
        var (presets, takes) = (new PresetRepository(database), new TakeRepository(database));
        var (queues, annotations) = (new QueueRepository(database), new AnnotationRepository(database));
        var queue = queues.Add(Queue(writer), new Actor($"author {writer}", $"author {writer}"));
        acknowledge("queue", queue.Id, queue.Content.Name);
        var judged = 0;
        var last = new Dictionary<int, long>();
        var start = database.LastSeq;
        for (var i = 0; ; i++)
        {
            // A person of their own for every write: it and the person are one line of the journal, there together or not at all.
            var name = string.Create(CultureInfo.InvariantCulture, $"w{writer} {start} {i}");
            var actor = new Actor($"user {name}", name);
            // Each writer has features of its own, so that what is newest is known.
            var feature = random.Next(Features) * Count + writer;
            switch (random.Next(5))
            {
                case 0:
                    last[feature] = labels.Add(new FeatureKey(Sae, feature), name, name, actor).Id;
                    acknowledge("label", feature.ToString(CultureInfo.InvariantCulture), name);
                    break;
                case 1 when last.TryGetValue(feature, out var revision):
                    ratings.Set(revision, random.Next(5) + 1, actor);
                    acknowledge("rating", revision.ToString(CultureInfo.InvariantCulture), actor.UserId);
                    break;
                case 2:
                    acknowledge("preset", presets.Add(Preset(name), actor), name);
                    break;
                case 3 when judged < queue.Content.Features.Count:
                    // An annotation, the label that it writes and the end of its draft are one line of the journal.
                    var item = queue.Content.Features[judged++];
                    var id = Guid.NewGuid().ToString();
                    new DraftRepository(database).Set(AnnotationRepository.DraftKey(queue.Id, item), "{}", actor);
                    annotations.Put(id, new AnnotationContent(queue.Id, item, AnnotationKind.Annotation, AnnotationVerdict.Accept, [], id, null, [], name, labels.History(new FeatureKey(QueueSae, item)) is [var seen, ..] ? seen.Id : 0, 1), actor);
                    acknowledge("annotation", id, item.ToString(CultureInfo.InvariantCulture));
                    break;
                default:
                    var take = $"take {name}";
                    takes.Ensure(take, name, actor);
                    acknowledge("take", take, name);
                    takes.Rate(take, 5, actor);
                    acknowledge("stars", take, "5");
                    break;
            }
        }
    }
}

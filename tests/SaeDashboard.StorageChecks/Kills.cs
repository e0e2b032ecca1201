using System.Diagnostics;
using System.Globalization;
using SaeDashboard.Storage;

namespace SaeDashboard.StorageChecks;

/// <summary>Kills the writers at random moments; after each kill everything that was acknowledged must be there, whole.</summary>
internal static class Kills
{
    private const int LongestMs = 700;

    public static int Run(int rounds, int seed)
    {
        using var scratch = new Scratch();
        var random = new Random(seed);
        var (acknowledged, replayed, torn, rebuilt, wrong) = (0, 0, 0, 0, new List<string>());
        var expected = new List<string[]>();
        for (var round = 0; round < rounds && wrong.Count == 0; round++)
        {
            var lines = WriteAndKill(scratch.Path, round + seed, random.Next(LongestMs));
            expected.AddRange(lines.Skip(1));
            acknowledged += Math.Max(0, lines.Count - 1);
            var indexed = Inspection.IndexedSeq(scratch.Path);
            using var database = Database.Open(scratch.Path);
            if (indexed < database.LastSeq) replayed++;
            foreach (var notice in database.Notices)
            {
                if (notice.Contains("cut off", StringComparison.Ordinal)) torn++;
                else if (notice.Contains("made from the journal again", StringComparison.Ordinal)) rebuilt++;
                else wrong.Add(notice);
            }
            Check(database, expected, wrong);
            if (Inspection.InMemory(database) != Inspection.InJournal(scratch.Path)) wrong.Add("memory and journal differ");
        }
        Console.WriteLine($"{rounds} kills, {acknowledged} writes acknowledged, {wrong.Count} missing or half there; LiteDB was behind {replayed} times and made again {rebuilt} times, {torn} torn lines cut off");
        foreach (var each in wrong.Take(10)) Console.WriteLine($"  {each}");
        return wrong.Count == 0 && acknowledged > rounds ? 0 : 1;
    }

    private static List<string[]> WriteAndKill(string folder, int seed, int milliseconds)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["write", folder, seed.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true })!;
        var lines = new List<string[]>();
        // The moment counts from when it writes: a start takes long on a busy machine.
        if (process.StandardOutput.ReadLine() is { } first) lines.Add(first.Split('\t'));
        using var timer = new Timer(_ => process.Kill(), null, milliseconds, Timeout.Infinite);
        while (process.StandardOutput.ReadLine() is { } line) lines.Add(line.Split('\t'));
        process.WaitForExit();
        // A line that the kill cut has fewer parts; it was acknowledged, but what is not known.
        return [.. lines.Where(line => line.Length == 3)];
    }

    private static void Check(Database database, List<string[]> expected, List<string> wrong)
    {
        var (labels, presets, takes, users) = (new LabelRepository(database), new PresetRepository(database), new TakeRepository(database), new UserRepository(database));
        var (queues, annotations, drafts) = (new QueueRepository(database), new AnnotationRepository(database), new DraftRepository(database));
        var known = users.List().ToDictionary(user => user.Id, user => user.Name);
        var histories = Enumerable.Range(0, Writers.Features * Writers.Count).ToDictionary(feature => feature, feature => labels.History(new FeatureKey(Writers.Sae, feature)));
        var texts = histories.ToDictionary(pair => pair.Key, pair => pair.Value.Select(revision => revision.Text).ToHashSet());
        foreach (var line in expected)
        {
            var there = line[0] switch
            {
                "label" => texts[int.Parse(line[1], CultureInfo.InvariantCulture)].Contains(line[2]),
                "rating" => new RatingRepository(database).Mine(long.Parse(line[1], CultureInfo.InvariantCulture), new Actor(line[2], line[2])) is not null,
                "preset" => presets.Find(line[1])?.Preset.Name == line[2],
                "take" => takes.Find(line[1])?.Name == line[2],
                "queue" => queues.Find(line[1])?.Content.Name == line[2],
                "annotation" => annotations.Find(line[1]) is { WithdrawnUtc: null } kept && labels.Find(kept.Revision ?? 0)?.Text == line[1],
                "stars" => takes.Find(line[1])?.Rating.Mean == 5,
                _ => false,
            };
            if (!there) wrong.Add($"missing: {string.Join(' ', line)}");
        }
        // Half there would be: a label without its note, or anything whose person, of the same line of the journal, is not known.
        wrong.AddRange(histories.Values.SelectMany(history => history).Where(revision => revision.Note != revision.Text || !known.ContainsKey(revision.AuthorId)).Select(revision => $"half: {revision}"));
        wrong.AddRange(presets.List().Where(preset => preset.Name != preset.Description || !known.ContainsKey(preset.AuthorId)).Select(preset => $"half: {preset}"));
        foreach (var queue in queues.List())
        {
            var rows = annotations.OfQueue(queue.Id);
            // Half there would be: an annotation without the label that it wrote, without its person, with its draft, or not counted.
            wrong.AddRange(rows.Where(row => labels.Find(row.Revision ?? 0)?.Text != row.Id || !known.ContainsKey(row.AuthorId)
                || drafts.Get(AnnotationRepository.DraftKey(queue.Id, row.Content.Feature), new Actor(row.AuthorId, row.Author)) is not null).Select(row => $"half: {row}"));
            if (annotations.Progress(queue.Id)!.Done != rows.Count) wrong.Add($"progress of {queue.Id} is not the {rows.Count} annotations that are there");
        }
        wrong.AddRange(takes.List().Where(take => !known.ContainsKey(take.OwnerId)).Select(take => $"half: {take}"));
    }
}

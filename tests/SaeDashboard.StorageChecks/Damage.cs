using SaeDashboard.Storage;

namespace SaeDashboard.StorageChecks;

/// <summary>Damages LiteDB's file in every way a disk can; each time the start must say what it did, and every document must be the journal's.</summary>
internal static class Damage
{
    private const int Page = 4096;

    private static readonly Actor Ada = new("ada", "Ada");

    public static int Run(int rounds, int seed)
    {
        using var scratch = new Scratch();
        Fill(scratch.Path);
        var random = new Random(seed);
        var failed = 0;
        failed += Try(scratch.Path, "cut at a random length", rounds, mustSay: true, path =>
        {
            using var file = new FileStream(path, FileMode.Open);
            file.SetLength(random.NextInt64(file.Length));
        });
        failed += Try(scratch.Path, "a random 4-KiB page of noise", rounds, mustSay: false, path =>
        {
            using var file = new FileStream(path, FileMode.Open);
            file.Position = random.NextInt64(file.Length / Page) * Page;
            var noise = new byte[Page];
            random.NextBytes(noise);
            file.Write(noise);
        });
        failed += Try(scratch.Path, "deleted", 3, mustSay: true, File.Delete);
        failed += Try(scratch.Path, "deleted, its log left behind", 3, mustSay: true, path =>
        {
            File.Delete(path);
            File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(path)!, "dashboard-log.litedb"), new byte[3 * 8192]);
        });
        return failed == 0 ? 0 : 1;
    }

    private static int Try(string folder, string what, int rounds, bool mustSay, Action<string> damage)
    {
        var path = Path.Combine(folder, "dashboard.litedb");
        var (said, harmless, failed) = (0, 0, 0);
        for (var round = 0; round < rounds; round++)
        {
            damage(path);
            try
            {
                using (var database = Database.Open(folder))
                {
                    if (database.Notices.Count > 0) said++;
                    else harmless++;
                    var good = Inspection.InMemory(database) == Inspection.InJournal(folder) && (database.Notices.Count > 0 || !mustSay);
                    new LabelRepository(database).Add(new FeatureKey(Writers.Sae, 9), $"{what} {round}", null, Ada);
                    if (!good) failed++;
                }
                if (Inspection.InLiteDb(folder) != Inspection.InJournal(folder)) failed++;
            }
            catch (Exception error)
            {
                failed++;
                Console.WriteLine($"  {error.GetType().Name}: {error.Message}");
            }
        }
        Console.WriteLine($"{what}: {rounds} times, {said} times made again and said, {harmless} times no document was touched, {failed} wrong");
        return failed;
    }

    private static void Fill(string folder)
    {
        using var database = Database.Open(folder);
        var labels = new LabelRepository(database);
        for (var i = 0; i < 400; i++) labels.Add(new FeatureKey(Writers.Sae, i % 250), $"label {i}", new string((char)('a' + i % 26), i % 300), Ada);
        for (var i = 0; i < 10; i++) new PresetRepository(database).Add(Writers.Preset($"preset {i}"), Ada);
        for (var i = 0; i < 10; i++) new TakeRepository(database).Ensure($"take-{i}", "Take", Ada);
    }
}

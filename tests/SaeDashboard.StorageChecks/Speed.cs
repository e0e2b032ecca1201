using System.Diagnostics;
using SaeDashboard.Storage;

namespace SaeDashboard.StorageChecks;

/// <summary>Writes and fsyncs a second with this many writers at once.</summary>
internal static class Speed
{
    public static int Run(string folder, int writers, double seconds)
    {
        Directory.CreateDirectory(folder);
        using var database = Database.Open(folder);
        var labels = new LabelRepository(database);
        var (writes, syncs) = (0, database.Syncs);
        var watch = Stopwatch.StartNew();
        var threads = Enumerable.Range(0, writers).Select(writer => new Thread(() =>
        {
            var actor = new Actor($"user {writer}", $"User {writer}");
            for (var i = 0; watch.Elapsed.TotalSeconds < seconds; i++)
            {
                labels.Add(new FeatureKey(Writers.Sae, (writer * 1000) + i % 1000), $"label {i}", null, actor);
                Interlocked.Increment(ref writes);
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        var (elapsed, synced) = (watch.Elapsed.TotalSeconds, database.Syncs - syncs);
        Console.WriteLine($"writers {writers}: {writes} writes, {synced} fsyncs, {writes / elapsed:0} writes/s, {(double)writes / synced:0.00} writes a fsync");
        return synced > 0 && (writers > 1 ? synced < writes : synced == writes) ? 0 : 1;
    }
}

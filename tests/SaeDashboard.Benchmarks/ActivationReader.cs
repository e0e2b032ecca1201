using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Training;
using static TorchSharp.torch;

namespace SaeDashboard.Benchmarks;

/// <summary>
/// How fast columns are read, shuffled, converted and scaled, from a store that is in the page cache but not in the reader's memory, and how
/// long a trainer of the default run's shape waits for them.
/// </summary>
internal sealed class ActivationReader : IBenchmark
{
    private const int Columns = 500;
    private const long StoreBytes = 256L << 20, Memory = 64L << 20;

    public string Name => "activation-reader";

    // It writes a gigabyte, and its figures are held against floors by scripts/checks/benchmarks.sh.
    public bool OnlyByName => true;

    public IEnumerable<Figure> Run()
    {
        var folder = Directory.CreateTempSubdirectory("sae-bench-").FullName;
        try
        {
            foreach (var width in (int[])[256, 1024])
            {
                foreach (var type in Enum.GetValues<ActivationDType>())
                {
                    using var store = Make(Path.Combine(folder, $"{type}-{width}"), width, type);
                    var (rate, ofProcessor) = Rate(store);
                    yield return new($"reader alone, {type}, width {width}", rate / 1e9, "GB/s");
                    yield return new("  by the time it had a processor", ofProcessor / 1e9, "GB/s");
                    if (width == 256 && type == ActivationDType.Float32)
                        yield return new("trainer waits for columns, share of its time", 100 * WaitShare(store, folder), "%");
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ActivationStore Make(string path, int width, ActivationDType type)
    {
        var source = new ActivationSource
        {
            Model = "none", ModelHash = "", Dataset = "none", DatasetHash = "", Split = "sae-train", Layer = 0, Hook = "layers.0.resid_post",
            ColumnsPerClip = Columns, Width = width, DType = type,
        };
        var clips = (int)(StoreBytes / source.ClipBytes());
        using (var writer = ActivationStoreWriter.Create(path, source, clips))
        {
            // A few directions in changing amounts, so that there is something to learn.
            using var directions = randn(64, width);
            for (var clip = 0; clip < clips; clip++)
            {
                using var scope = NewDisposeScope();
                writer.Append(clip, "sae-train", randn(Columns, 64).square().mm(directions).add(randn(Columns, width).mul(0.1)));
            }
            writer.Complete();
        }
        return ActivationStore.Open(path);
    }

    /// <summary>
    /// Bytes of records a second, on the reader's one thread, every column once; and a second of processor time, which other programs take
    /// nothing from but the caches.
    /// </summary>
    private static (double Rate, double OfProcessor) Rate(ActivationStore store)
    {
        const int Batch = 1024;
        var (all, _) = ClipSubset.Split(store, 0, 0);
        var scaling = new ColumnScaling(new float[store.Width], 0.5f);
        var target = new float[Batch * store.Width];
        using var reader = new ColumnReader(all, [0], Memory, 1);
        var steps = all.ColumnCount / Batch;
        var (first, epochs) = (0L, 0);
        var before = Environment.CpuUsage.TotalTime;
        var seconds = Clock.Median(() =>
        {
            var feed = new BatchFeed(reader, 0, scaling, Batch, 1, first, first + steps);
            while (!feed.Done)
                feed.Fill(target);
            first += steps;
            epochs++;
        }, repeats: 5);
        var bytes = steps * Batch * (double)store.Source.ClipBytes() / Columns;
        return (bytes / seconds, bytes * epochs / (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }

    private static double WaitShare(ActivationStore store, string folder)
    {
        using var run = RunFolder.Open(Path.Combine(folder, "run"));
        // As long as it takes to see the groups change several times.
        var config = new TrainConfig { Steps = 400, ShuffleMegabytes = (int)(Memory >> 20) };
        return SaeTrainer.Train(store, config, run, Path.Combine(folder, "sae"), resume: false).WaitShare;
    }
}

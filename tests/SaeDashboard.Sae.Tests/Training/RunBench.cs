using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Training;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>A folder with made-up activations of 32 dimensions, and runs on them.</summary>
internal sealed class RunBench : IDisposable
{
    public static readonly TrainConfig Config = new()
    {
        Latents = 64,
        K = 8,
        Batch = 64,
        Steps = 60,
        LearningRate = 3e-3,
        HeldOut = 0.1,
        ScaleSamples = 1000,
        MedianSamples = 500,
        DeadWindow = 1000,
        Threads = 1,
        Checkpoints = 6,
        Evaluations = 6,
        Histograms = 3,
    };

    private readonly TestFolders.TemporaryFolder folder = TestFolders.Temporary();

    public RunBench() => Store = SyntheticActivations.Make(folder.In("activations"), 20, 128, 32);

    public ActivationStore Store { get; set; }

    public string In(params string[] names) => folder.In(names);

    public TrainResult Train(string name, TrainConfig config, bool resume = false, RunFork? fork = null, Action<TrainProgress>? onProgress = null, TorchSharp.torch.Device? device = null)
    {
        using var run = RunFolder.Open(In(name));
        return SaeTrainer.Train(Store, config, run, In(name + ".sae"), resume, onProgress is null ? null : new ProgressCallback(onProgress), fork, device: device, cancellation: TestContext.Current.CancellationToken);
    }

    /// <summary>Copies a run's folder.</summary>
    public void Copy(string name, string to)
    {
        foreach (var file in Directory.EnumerateFiles(In(name), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(In(to), Path.GetRelativePath(In(name), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public long[] Steps(string name) => [.. RunCheckpoints.List(In(name)).Select(checkpoint => checkpoint.Step)];

    public string StateOf(string name, long step) => Path.Combine(RunCheckpoints.PathOf(In(name), step), RunCheckpoints.StateFile);

    /// <summary>Writes a checkpoint again, with something about it changed.</summary>
    public void Rewrite(string name, long step, Func<string, float[], (float[] Values, long[] Shape)?> change)
    {
        var path = StateOf(name, step);
        var writer = new SafetensorsWriter();
        using (var file = SafetensorsFile.Open(path))
        {
            foreach (var (key, value) in file.Metadata.Where(pair => pair.Key != "sha256"))
                writer.Metadata[key] = value;
            foreach (var (tensor, entry) in file.Entries)
            {
                if (entry.DType == TensorDType.Int64)
                    writer.Add(tensor, file.ReadInt64(tensor), [.. entry.Shape]);
                else if (change(tensor, file.ReadFloat32(tensor)) is { } changed)
                    writer.Add(tensor, changed.Values, changed.Shape);
            }
        }
        writer.Save(path);
    }

    public void Dispose()
    {
        Store.Dispose();
        folder.Dispose();
    }

    private sealed class ProgressCallback(Action<TrainProgress> onProgress) : IProgress<TrainProgress>
    {
        public void Report(TrainProgress value) => onProgress(value);
    }
}

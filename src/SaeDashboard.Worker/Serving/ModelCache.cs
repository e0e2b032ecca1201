using SaeDashboard.Core;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Serving;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Steering;

namespace SaeDashboard.Worker.Serving;

/// <summary>
/// The models and SAEs that stay in memory. Those in use stay; of the others the least recently used one is freed when there are too many. All but
/// the properties is for the tensor thread alone.
/// </summary>
internal sealed class ModelCache(AllowedRoots roots, ModelOptions compute) : IDisposable
{
    private const int MaxModels = 2;
    private const int MaxSaes = 8;

    private readonly LruCache<MusicGenModel> models = new(MaxModels, "model.safetensors");
    private readonly LruCache<LoadedSae> saes = new(MaxSaes, [.. SaeFormats.All.Select(format => format.WeightsFile())]);
    private volatile ServeModel? model;
    private volatile ServeLoading? loading;
    private volatile IReadOnlyList<ServeSae> saeList = [];

    /// <summary>The model used last. From any thread.</summary>
    public ServeModel? Model => model;

    /// <summary>What is being loaded. From any thread.</summary>
    public ServeLoading? Loading => loading;

    /// <summary>The SAEs in memory. From any thread.</summary>
    public IReadOnlyList<ServeSae> Saes => saeList;

    /// <summary>The model in a folder, loaded if it is not there. The lease keeps it until it is disposed of.</summary>
    /// <exception cref="UserException">The folder is not allowed, or holds no model.</exception>
    public Lease<MusicGenModel> UseModel(string path)
    {
        var folder = roots.Require(path);
        var lease = this.models.Use(folder, () => Loads($"the model {NameOf(folder)}", () =>
            MusicGenModel.Load(folder, compute, new SynchronousProgress<LoadProgress>(p => loading = new ServeLoading($"the model {NameOf(folder)}", (double)p.Done / p.Total)))));
        var value = lease.Value;
        if (model?.Path != folder)
        {
            model = new ServeModel(folder, Path.GetFileName(folder), value.WeightsHash, value.Codec.CodecHash, value.Codec.SampleRate, value.Codec.FrameRate,
                value.Config.Decoder.Codebooks, TakePlan.LongestFrames(value), value.Config.Decoder.AudioChannels);
        }
        return lease;
    }

    /// <summary>The absolute path of a file that may be read.</summary>
    /// <exception cref="UserException">It is outside the allowed folders.</exception>
    public string Require(string path) => roots.Require(path);

    /// <summary>The SAE in a folder, loaded if it is not there.</summary>
    /// <exception cref="UserException">The folder is not allowed, or holds no SAE with a feature index.</exception>
    public Lease<LoadedSae> UseSae(string path)
    {
        var folder = roots.Require(path);
        var lease = this.saes.Use(folder, () => Loads($"the SAE {NameOf(folder)}", () => LoadedSae.Open(folder)));
        saeList = [.. this.saes.All.Select(sae => new ServeSae(sae.Folder, sae.Sae.WeightsHash, sae.Site.Layer, sae.Sae.Config.DSae))];
        return lease;
    }

    /// <summary>Frees an SAE. False: it was not there.</summary>
    /// <exception cref="UserException">A take is being made with it.</exception>
    public bool ForgetSae(string path)
    {
        var folder = roots.Require(path);
        var known = this.saes.Forget(folder);
        saeList = [.. saeList.Where(sae => sae.Path != folder)];
        return known;
    }

    public void Dispose()
    {
        this.saes.Dispose();
        this.models.Dispose();
    }

    // A person knows it by its name; where it is on the disk is the Data page's.
    private static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));

    private T Loads<T>(string what, Func<T> load)
    {
        loading = new ServeLoading(what, 0);
        try
        {
            return load();
        }
        finally
        {
            loading = null;
        }
    }
}

/// <summary>A least-recently-used cache of things loaded from folders; those in use are not evicted. Not thread-safe.</summary>
/// <param name="most">How many are kept.</param>
/// <param name="fileNames">The files of which a change means that the folder holds something else now; not all need be there.</param>
internal sealed class LruCache<T>(int most, params string[] fileNames) : IDisposable where T : class, IDisposable
{
    // In order of their last use.
    private readonly List<Entry> entries = [];

    public IEnumerable<T> All => entries.Select(entry => entry.Value);

    /// <summary>What is in the folder, loaded when it is not here or has changed.</summary>
    public Lease<T> Use(string folder, Func<T> load)
    {
        var stamp = fileNames.Max(fileName => File.GetLastWriteTimeUtc(Path.Combine(folder, fileName)));
        var entry = entries.Find(entry => entry.Folder == folder && entry.Stamp == stamp);
        if (entry is null)
        {
            PutAway(most - 1);
            entry = new Entry(folder, stamp, load());
        }
        else
        {
            entries.Remove(entry);
        }
        entries.Add(entry);
        entry.Users++;
        return new Lease<T>(entry.Value, () => entry.Users--);
    }

    /// <summary>Frees what came from the folder.</summary>
    /// <exception cref="UserException">It is in use.</exception>
    public bool Forget(string folder)
    {
        var mine = entries.FindAll(entry => entry.Folder == folder);
        if (mine.Any(entry => entry.Users > 0)) throw new UserException($"{folder} is in use: stop what is being made with it first.");
        foreach (var entry in mine) Free(entry);
        return mine.Count > 0;
    }

    public void Dispose()
    {
        foreach (var entry in entries) entry.Value.Dispose();
        entries.Clear();
    }

    private void PutAway(int keep)
    {
        while (entries.Count > keep && entries.Find(entry => entry.Users == 0) is { } oldest) Free(oldest);
    }

    private void Free(Entry entry)
    {
        entries.Remove(entry);
        entry.Value.Dispose();
    }

    private sealed class Entry(string folder, DateTime stamp, T value)
    {
        public string Folder => folder;

        public DateTime Stamp => stamp;

        public T Value => value;

        public int Users { get; set; }
    }
}

/// <summary>Keeps an entry in the cache while it is used.</summary>
internal sealed class Lease<T>(T value, Action release) : IDisposable
{
    private Action? release = release;

    public T Value { get; } = value;

    public void Dispose()
    {
        this.release?.Invoke();
        this.release = null;
    }
}

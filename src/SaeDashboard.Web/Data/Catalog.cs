using System.Collections.Immutable;
using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Data;

/// <summary>
/// Looks at the folders every two seconds (stamps only), reads what is new and hashes it in the background. What it publishes is a snapshot:
/// readers never wait.
/// </summary>
internal sealed partial class Catalog : BackgroundService, ICatalog
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // The bundled demo is read within a second; a start does not wait for an 8 GB model.
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(3);

    private readonly CatalogFinder finder;
    private readonly ShippedThings shipped;
    private readonly HashCache hashes;
    private readonly ILogger<Catalog> log;
    private readonly CatalogCache<CatalogModel> models;
    private readonly CatalogCache<CatalogDataset> datasets;
    private readonly CatalogCache<CatalogSae> saes;
    private readonly SemaphoreSlim gate = new(1);
    private volatile CatalogSnapshot current = CatalogSnapshot.Empty;
    private volatile bool hasLooked;
    private string lastSeen = "";

    public Catalog(DataRoot root, LocationRepository locations, RunRepository runs, ShippedThings shipped, ILogger<Catalog> log)
    {
        finder = new CatalogFinder(root, locations, runs);
        this.shipped = shipped;
        this.log = log;
        hashes = new HashCache(Path.Combine(root.Cache, "hashes.json"), log);
        models = new(new ModelReader(), hashes, root.Allows);
        datasets = new(new DatasetReader(), hashes, root.Allows);
        saes = new(new SaeReader(), hashes, root.Allows);
    }

    public IReadOnlyList<CatalogModel> Models => current.Models;

    public IReadOnlyList<CatalogDataset> Datasets => current.Datasets;

    public IReadOnlyList<CatalogSae> Saes => current.Saes;

    public bool HasLooked => hasLooked;

    public event Action? Changed;

    public Task RescanAsync(CancellationToken ct) => ScanAsync(always: true, ct);

    public CatalogModel? Model(string id) => Models.FirstOrDefault(model => model.Id == id);

    public CatalogDataset? Dataset(string id) => Datasets.FirstOrDefault(dataset => dataset.Id == id);

    public CatalogSae? Sae(string id) => Saes.FirstOrDefault(sae => sae.Id == id);

    public CatalogModel? ModelByHash(string hash) => Models.FirstOrDefault(model => model.IsReady && model.Hash == hash);

    public CatalogModel? ModelByCodecHash(string codecHash) => Models.FirstOrDefault(model => model.IsReady && model.CodecHash == codecHash);

    public CatalogDataset? DatasetByHash(string hash) => Datasets.FirstOrDefault(dataset => dataset.IsReady && dataset.Hash == hash);

    public CatalogSae? SaeByHash(string hash) => Saes.Where(sae => sae.IsReady && sae.Hash == hash).MaxBy(sae => sae.HasIndex);

    public CatalogModel? ModelByPath(string path) => ByPath(Models, path);

    public CatalogDataset? DatasetByPath(string path) => ByPath(Datasets, path);

    public CatalogSae? SaeByPath(string path) => ByPath(Saes, path);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        shipped.Register();
        var first = RescanAsync(CancellationToken.None);
        await Task.WhenAny(first, Task.Delay(StartPatience, cancellationToken));
        // Whatever is odd about the folders, the site starts: the next look may find them again.
        if (first.IsFaulted) ScanFailed(first.Exception.GetBaseException());
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await ScanAsync(always: false, stoppingToken);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // The next scan may find the disk again; until then the site keeps what it knew.
                ScanFailed(error);
            }
        }
    }

    public override void Dispose()
    {
        gate.Dispose();
        base.Dispose();
    }

    private Task ScanAsync(bool always, CancellationToken ct) => Task.Run(async () =>
    {
        await gate.WaitAsync(ct);
        try
        {
            ReadFolders(always);
            while (models.Unread is [var model, ..]) Hash(models, model, ct);
            while (datasets.Unread is [var dataset, ..]) Hash(datasets, dataset, ct);
            while (saes.Unread is [var sae, ..]) Hash(saes, sae, ct);
        }
        finally
        {
            gate.Release();
        }
    }, ct);

    private void ReadFolders(bool always)
    {
        var (modelFolders, datasetFolders, saeFolders) = (finder.Find("model"), finder.Find("dataset"), finder.Find("sae"));
        var names = finder.RunNames();
        string NameOf(CatalogFolder folder, string shippedName) => folder.Shipped ? shippedName : FolderName.Read(folder.Path) ?? names.GetValueOrDefault(folder.Path) ?? Path.GetFileName(folder.Path);

        var all = modelFolders.Concat(datasetFolders).Concat(saeFolders).ToImmutableArray();
        var seen = string.Join('\n', all.Select(folder => $"{folder.Path} {folder.Stamp} {NameOf(folder, "")}"));
        if (!always && seen == lastSeen) return;
        lastSeen = seen;
        models.Update(modelFolders, folder => NameOf(folder, "Demo model"));
        datasets.Update(datasetFolders, folder => NameOf(folder, "Demo dataset"));
        saes.Update(saeFolders, folder => NameOf(folder, "Demo SAE"));
        hashes.Save(all);
        hasLooked = true;
        Publish();
    }

    private void Hash<T>(CatalogCache<T> cache, CatalogFolder folder, CancellationToken ct) where T : CatalogEntry
    {
        ct.ThrowIfCancellationRequested();
        cache.Hash(folder);
        if (models.Unread.Count + datasets.Unread.Count + saes.Unread.Count == 0)
            hashes.Save(new[] { finder.Find("model"), finder.Find("dataset"), finder.Find("sae") }.SelectMany(each => each));
        Publish();
    }

    private void Publish()
    {
        current = CatalogSnapshot.Of(models.Entries, datasets.Entries, saes.Entries);
        Changed?.Invoke();
    }

    // Plans of runs that were made elsewhere name any path, or none.
    private static T? ByPath<T>(IReadOnlyList<T> entries, string path) where T : CatalogEntry
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal)) return null;
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return entries.FirstOrDefault(entry => entry.Path == full);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The data folder could not be scanned")]
    private partial void ScanFailed(Exception error);
}

/// <summary>The models, datasets and SAEs in the data folder and those registered by reference. Thread-safe.</summary>
public interface ICatalog
{
    /// <summary>Shipped ones first, then by name; refused ones too.</summary>
    IReadOnlyList<CatalogModel> Models { get; }

    /// <inheritdoc cref="Models"/>
    IReadOnlyList<CatalogDataset> Datasets { get; }

    /// <inheritdoc cref="Models"/>
    IReadOnlyList<CatalogSae> Saes { get; }

    /// <summary>Whether the folders were looked through since the start: before that, what is not in it may still be found.</summary>
    bool HasLooked { get; }

    /// <summary>Something was found, has gone, or is known better. Raised on a thread of the catalog's.</summary>
    event Action? Changed;

    /// <summary>Looks again at once, and returns when every hash is known. What changes by itself is seen within seconds anyway.</summary>
    Task RescanAsync(CancellationToken ct);

    CatalogModel? Model(string id);

    CatalogDataset? Dataset(string id);

    CatalogSae? Sae(string id);

    /// <summary>A usable model with these weights.</summary>
    CatalogModel? ModelByHash(string hash);

    /// <summary>A usable model whose codec plays these codes.</summary>
    CatalogModel? ModelByCodecHash(string codecHash);

    /// <summary>A usable dataset of this content.</summary>
    CatalogDataset? DatasetByHash(string hash);

    /// <summary>A usable SAE with these weights; one with an index is preferred.</summary>
    CatalogSae? SaeByHash(string hash);

    CatalogModel? ModelByPath(string path);

    CatalogDataset? DatasetByPath(string path);

    CatalogSae? SaeByPath(string path);
}

/// <summary>The catalog at one moment; never changed.</summary>
internal sealed record CatalogSnapshot(IReadOnlyList<CatalogModel> Models, IReadOnlyList<CatalogDataset> Datasets, IReadOnlyList<CatalogSae> Saes)
{
    public static CatalogSnapshot Empty { get; } = new([], [], []);

    /// <summary>Joins the three: each SAE gets the places of its model and dataset.</summary>
    public static CatalogSnapshot Of(IReadOnlyList<CatalogModel> models, IReadOnlyList<CatalogDataset> datasets, IReadOnlyList<CatalogSae> saes) => new(models, datasets,
    [
        .. saes.Select(sae => sae with
        {
            ModelId = models.FirstOrDefault(model => model.IsReady && model.Hash == sae.ModelHash)?.Id,
            DatasetId = datasets.FirstOrDefault(dataset => dataset.IsReady && dataset.Hash == sae.DatasetHash)?.Id,
        }),
    ]);
}

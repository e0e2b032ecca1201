using System.Collections.Concurrent;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Studio;

/// <summary>The takes there are, and new ones. The folders say what takes there are and how they sound; the database what people call them.</summary>
public sealed class TakeShelf(DataRoot root, TakeRepository rows, IServeClient worker, ICatalog catalog)
{
    // A take that is over never changes again.
    private readonly ConcurrentDictionary<string, TakeManifest> finished = new();

    /// <summary>Asks for a take with what a person has set up.</summary>
    /// <param name="draft">The set-up; its seed is the take's.</param>
    /// <param name="p99">The unit of each feature's strength.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="ct">Gives up waiting for the worker.</param>
    /// <returns>The take's id.</returns>
    /// <exception cref="UserException">The worker does not take it, or the model or SAE is not here.</exception>
    public async Task<string> StartAsync(StudioDraft draft, Func<int, double> p99, Actor actor, CancellationToken ct)
    {
        var id = await worker.StartTakeAsync(Settings(draft, p99), ct);
        rows.Ensure(id, string.Create(CultureInfo.InvariantCulture, $"Take {List().Count(take => take.Id != id) + 1}"), actor);
        return id;
    }

    /// <summary>Everything that decides how the take will sound.</summary>
    /// <exception cref="UserException">The model or the SAE is not here.</exception>
    public TakeSettings Settings(StudioDraft draft, Func<int, double> p99)
    {
        var sae = draft.Sae is { } wanted ? catalog.Sae(wanted) : null;
        var steers = sae is null ? [] : Rack.Steers(draft.Rack, p99);
        var model = ModelOf(sae) ?? throw new UserException("There is no model here that this SAE was trained on. The Data page says where models go.");
        return new TakeSettings
        {
            ModelPath = model.Path,
            SaePath = steers.Count > 0 ? sae!.Path : null,
            Prompt = draft.Prompt.Trim() is { Length: > 0 } prompt ? prompt : null,
            Seed = draft.Seed,
            Frames = Math.Max(1, (int)Math.Round(draft.Seconds * model.FrameRate)),
            Guidance = draft.Guidance,
            Temperature = draft.Temperature,
            TopK = draft.TopK,
            Rows = draft.Rows,
            Steers = steers,
            // Nothing to steer with leaves nothing to compare.
            Arms = steers.Count > 0 ? [TakeArms.Baseline, TakeArms.Steered] : [TakeArms.Baseline],
        };
    }

    /// <summary>The model that an SAE belongs to; for none, the first there is.</summary>
    public CatalogModel? ModelOf(CatalogSae? sae)
    {
        var usable = catalog.Models.Where(model => model.State != CatalogStates.Refused);
        if (sae is null) return usable.FirstOrDefault();
        if (sae.ModelId is { } id && catalog.Model(id) is { } model) return model;
        // Until the hashes are known, the width tells them apart well enough.
        return sae.ModelHash is { } hash && catalog.ModelByHash(hash) is { } byHash ? byHash
            : usable.FirstOrDefault(each => each.Width == sae.Width && (each.Hash is null || sae.ModelHash is null));
    }

    /// <summary>All takes that were not deleted, the newest first.</summary>
    public IReadOnlyList<TakeView> List()
    {
        var known = rows.List().ToDictionary(row => row.Id);
        var views = new List<TakeView>();
        foreach (var folder in TakeFolder.List(root.Takes))
        {
            if (!known.TryGetValue(folder.Id, out var row) && rows.Find(folder.Id) is { DeletedUtc: not null }) continue;
            if (Read(folder) is { } manifest) views.Add(View(folder, row, manifest));
        }
        return views;
    }

    /// <summary>One take, deleted ones included; null when there is none of that id yet.</summary>
    public TakeView? Find(string id)
    {
        if (!Ids.IsValid("take", id)) return null;
        var folder = new TakeFolder(Path.Combine(root.Takes, id));
        return folder.Exists && Read(folder) is { } manifest ? View(folder, rows.Find(id), manifest) : null;
    }

    /// <summary>The folder of a take; null when there is none of that id.</summary>
    public TakeFolder? Folder(string id)
    {
        if (!Ids.IsValid("take", id)) return null;
        var folder = new TakeFolder(Path.Combine(root.Takes, id));
        return folder.Exists ? folder : null;
    }

    /// <summary>Opens an arm's sound; null when there is none. Whoever asked closes it.</summary>
    /// <exception cref="UserException">It is unreadable, not a regular file, or a link out of the folders this site may read.</exception>
    public FileStream? OpenSound(TakeFolder folder, string arm) =>
        root.Roots.TryOpenFile(folder.WavPath(arm)) is { } file ? new FileStream(file, FileAccess.Read, bufferSize: 0) : null;

    private static TakeView View(TakeFolder folder, TakeRow? row, TakeManifest manifest)
    {
        var asked = manifest.Settings.Arms;
        IReadOnlyList<string> arms = TakeStates.IsLive(manifest.State) ? asked : [.. asked.Where(arm => File.Exists(folder.WavPath(arm)))];
        return new TakeView(folder.Id, row?.Name ?? "Unnamed take", row?.Stars, row?.DeletedUtc is not null, arms, manifest);
    }

    private TakeManifest? Read(TakeFolder folder)
    {
        if (finished.TryGetValue(folder.Id, out var kept)) return kept;
        try
        {
            var manifest = folder.ReadManifest();
            if (!TakeStates.IsLive(manifest.State)) finished[folder.Id] = manifest;
            return manifest;
        }
        catch (UserException error)
        {
            // Deleted between two looks, or listed with what is wrong.
            return folder.Exists ? TakeManifest.Unreadable(folder.Id, error.Message) : null;
        }
    }
}

using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Studio;

/// <summary>The takes there are, and new ones. The folders say what takes there are and how they sound; the database what people call them.</summary>
public sealed class TakeService(DataRoot root, TakeFolders folders, TakeRepository rows, IStoreAccess store, IServeClient worker, ICatalog catalog)
{
    /// <summary>What a person added to a take changed. On the thread that changed it; <see cref="TakeFolders.Changed"/> says the rest.</summary>
    public event Action? Changed;

    /// <summary>Asks for a take with what a person has set up.</summary>
    /// <param name="draft">The set-up; its seed is the take's.</param>
    /// <param name="p99">The unit of each strip's strength.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="ct">Gives up waiting for the worker.</param>
    /// <returns>The take's id, and why its name was not saved; the take is made all the same. Null: it was.</returns>
    /// <exception cref="UserException">The worker does not take it, or the model or SAE is not here.</exception>
    public async Task<(string Id, string? Problem)> StartAsync(StudioDraft draft, Func<RackStrip, double> p99, Actor actor, CancellationToken ct)
    {
        actor.Require(Rights.Generate);
        var id = await worker.StartTakeAsync(Settings(draft, p99), ct);
        return (id, Register(id, string.Create(CultureInfo.InvariantCulture, $"Take {List().Count(take => take.Id != id) + 1}"), actor));
    }

    /// <summary>Names a take that was just asked for.</summary>
    /// <returns>Why the name was not saved; null: it was.</returns>
    public string? Register(string id, string name, Actor actor)
    {
        folders.Expect(id);
        try
        {
            Write(() => rows.Ensure(id, name, actor));
            return null;
        }
        catch (UserException error)
        {
            return $"The take is being generated, but its name could not be saved. {error.Message}";
        }
    }

    /// <summary>Keeps a preview: it is listed from now on and is not deleted by itself.</summary>
    /// <exception cref="UserException">It was not saved.</exception>
    public void Keep(string id, string name, Actor actor) => Write(() => rows.Ensure(id, name, actor));

    /// <summary>Previews that were not kept, the newest first.</summary>
    public IReadOnlyList<SeenTake> Previews() => store.Read(() => folders.All.Where(take => take.Manifest.Settings.Preview && rows.Find(take.Folder.Id) is null).ToArray());

    /// <summary>Gives it another name.</summary>
    /// <exception cref="UserException">The name is refused, or it was not saved.</exception>
    public void Rename(string id, string name, Actor actor)
    {
        name = PersonText.Name(name, "The take's name");
        Change(id, actor, () => rows.Rename(id, name, actor));
    }

    /// <summary>Sets a person's own rating; null takes it away.</summary>
    /// <exception cref="UserException">It was not saved.</exception>
    public void Rate(string id, int? stars, Actor actor) => Change(id, actor, () => rows.Rate(id, stars, actor));

    /// <summary>Sets or takes away its star.</summary>
    /// <exception cref="UserException">It was not saved.</exception>
    public void Star(string id, bool starred, Actor actor) => Change(id, actor, () => rows.Star(id, starred, actor));

    /// <summary>Says to open pages that what people said of takes came in by a file.</summary>
    public void Announce() => Changed?.Invoke();

    /// <summary>Keeps a finished blind test of its arms.</summary>
    /// <exception cref="UserException">It was not saved.</exception>
    public void AddAbx(string id, AbxRow test, Actor actor) => Change(id, actor, () => rows.AddAbx(id, test, actor));

    /// <summary>Takes it out of the list; <see cref="Restore"/> brings it back. Its folder stays.</summary>
    /// <exception cref="UserException">It was not saved.</exception>
    public void Delete(string id, Actor actor) => Change(id, actor, () => rows.Delete(id, actor));

    /// <summary>Undoes <see cref="Delete"/>.</summary>
    /// <exception cref="UserException">It was not saved.</exception>
    public void Restore(string id, Actor actor) => Change(id, actor, () => rows.Restore(id, actor));

    /// <summary>Everything that decides how the take will sound.</summary>
    /// <exception cref="UserException">The model or the SAE is not here.</exception>
    public TakeSettings Settings(StudioDraft draft, Func<RackStrip, double> p99)
    {
        var sae = draft.Sae is { } wanted ? catalog.Sae(wanted) : null;
        // The take's SAE is that of its first strip; the strips of others name theirs.
        var main = (draft.Live ? draft.Rack : Rack.Heard(draft.Rack)).FirstOrDefault() is { } first ? PathOf(first) : null;
        var steers = main is null ? [] : Rack.Steers(draft.Rack, p99, strip => PathOf(strip) is var path && path == main ? null : path, draft.Live, PathOfSae);
        var model = ModelOf(sae) ?? throw new UserException("The model that this SAE was trained on is not here. The Data page says where models belong.");
        return new TakeSettings
        {
            ModelPath = model.Path,
            SaePath = main,
            Prompt = draft.Prompt.Trim() is { Length: > 0 } prompt ? prompt : null,
            Seed = draft.Seed,
            Frames = Math.Max(1, (int)Math.Round(draft.Seconds * model.FrameRate)),
            Guidance = draft.Guidance,
            Temperature = draft.Temperature,
            TopK = draft.TopK,
            TopP = draft.TopP,
            Greedy = draft.Greedy,
            Piece = draft.Restored?.Piece ?? 0,
            Window = draft.Restored?.Window,
            Stride = draft.Restored?.Stride,
            Rows = draft.Rows,
            Continue = draft.Continue,
            Melody = draft.Melody,
            Steers = steers,
            Moves = Rack.Moves(draft.Rack, draft.Live),
            Live = steers.Count > 0 ? Live(draft) : null,
            // Nothing to steer with leaves nothing to compare.
            Arms = steers.Count > 0 ? [TakeArms.Baseline, .. draft.Compared, TakeArms.Steered] : [TakeArms.Baseline],
            Controls = steers.Count > 0 && draft.Compared.Count > 0 ? Source(draft.ControlSource, steers) : null,
        };

        // Without an SAE in the draft nothing is steered.
        string? PathOf(RackStrip strip) => strip.Sae is { } id ? Folder(id, $"feature {strip.Feature}", "remove the strip") : sae?.Path;

        string PathOfSae(string id) => Folder(id, "a condition", "let its strip act always");

        string Folder(string id, string of, string otherwise) => catalog.Sae(id)?.Path
            ?? throw new UserException($"The SAE '{id}' of {of} is not here: {otherwise}, or put the SAE's folder into saes/ and rescan on the Data page.");
    }

    // The other features of a restored take are those of its strips: with further ones in the rack they are chosen again.
    private static TakeControls? Source(TakeControls? source, IReadOnlyList<TakeSteer> steers) =>
        source?.Features is { } features && (features.Count != steers.Select(steer => steer.SaePath).Distinct().Count() || steers.Any(steer => features.Contains(steer.Feature))) ? source with { Features = null } : source;

    // Made again from its moves, a take that was live waits for no listener; its blocks decide the rounding.
    private static TakeLive? Live(StudioDraft draft)
    {
        var block = draft.Restored?.Block;
        var live = draft.Live ? new TakeLive() : block is not null ? new TakeLive { WaitSeconds = 0 } : null;
        return block is { } frames ? live! with { Block = frames } : live;
    }

    /// <summary>The model that an SAE belongs to; for none, the first there is.</summary>
    public CatalogModel? ModelOf(CatalogSae? sae)
    {
        var usable = catalog.Models.Where(model => model.State != CatalogState.Refused);
        if (sae is null) return usable.FirstOrDefault();
        if (sae.ModelId is { } id && catalog.Model(id) is { } model) return model;
        // Until the hashes are known, the width tells them apart well enough.
        return sae.ModelHash is { } hash && catalog.ModelByHash(hash) is { } byHash ? byHash
            : usable.FirstOrDefault(each => each.Width == sae.Width && (each.Hash is null || sae.ModelHash is null));
    }

    /// <summary>All takes that were not deleted, the newest first.</summary>
    public IReadOnlyList<TakeView> List() => store.Read(() =>
    {
        var known = rows.List().ToDictionary(row => row.Id);
        var views = new List<TakeView>();
        foreach (var take in folders.All)
        {
            // A preview is listed when a person has kept it.
            if (!known.TryGetValue(take.Folder.Id, out var row) && (take.Manifest.Settings.Preview || rows.Find(take.Folder.Id) is { DeletedUtc: not null })) continue;
            views.Add(View(take, row));
        }
        return views;
    });

    /// <summary>The deleted takes, the last deleted first.</summary>
    public IReadOnlyList<(string Id, string Name, DateTimeOffset DeletedUtc)> Deleted() => store.Read(() =>
        folders.All.Select(take => rows.Find(take.Folder.Id)).OfType<TakeRow>().Where(row => row.DeletedUtc is not null).OrderByDescending(row => row.DeletedUtc)
            .Select(row => (row.Id, row.Name, row.DeletedUtc!.Value)).ToArray());

    /// <summary>One take as it was last seen, deleted ones included; null when there is none of that id yet.</summary>
    public TakeView? Find(string id) => folders.Find(id) is { } take ? View(take, store.Read(() => rows.Find(id))) : null;

    /// <summary>One take as it is on the disk now, with its folder: for answers over HTTP.</summary>
    public (TakeView View, TakeFolder Folder)? Refresh(string id) =>
        folders.Refresh(id) is { } take ? (View(take, store.Read(() => rows.Find(id))), take.Folder) : null;

    /// <summary>The folder of a take.</summary>
    internal TakeFolder FolderOf(string id) => folders.Find(id)?.Folder ?? new TakeFolder(Path.Combine(root.Takes, id));

    /// <summary>Whether a take was asked for and its folder is still to come.</summary>
    public bool IsExpected(string id) => folders.IsExpected(id);

    /// <summary>Opens an arm's sound; null when there is none. The caller closes it.</summary>
    /// <exception cref="UserException">It is unreadable, not a regular file, or a link out of the folders this site may read.</exception>
    public FileStream? OpenSound(TakeFolder folder, string arm) =>
        root.Roots.TryOpenFile(folder.WavPath(arm)) is { } file ? new FileStream(file, FileAccess.Read, bufferSize: 0) : null;

    private static TakeView View(SeenTake take, TakeRow? row) =>
        new(take.Folder.Id, row?.Name ?? "Unnamed take", row?.Rating ?? TakeStars.None, row?.DeletedUtc is not null, take.Arms, take.Manifest) { MadeSeconds = take.MadeSeconds, Starred = row?.Starred == true, Blind = row?.Blind ?? [] };

    /// <summary>Takes made elsewhere have no row yet: it is made with the first change.</summary>
    private void Change(string id, Actor actor, Action write) => Write(() =>
    {
        rows.Ensure(id, "Unnamed take", actor);
        write();
    });

    private void Write(Action write)
    {
        store.Write(write);
        Changed?.Invoke();
    }
}

/// <summary>A take as pages show it: what its folder says and what people added.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Rating">What people think of it.</param>
/// <param name="Deleted">Whether it was taken out of the list.</param>
/// <param name="Arms">The arms that can be heard, or will be while it is made; none for a take that failed before its first sample.</param>
/// <param name="Manifest">Its settings and state.</param>
public sealed record TakeView(string Id, string Name, TakeStars Rating, bool Deleted, IReadOnlyList<string> Arms, TakeManifest Manifest)
{
    /// <summary>Seconds of sound of a take that ended early; null for any other.</summary>
    public double? MadeSeconds { get; init; }

    /// <summary>Whether it is starred.</summary>
    public bool Starred { get; init; }

    /// <summary>Finished blind tests of its arms, oldest first.</summary>
    public IReadOnlyList<AbxRow> Blind { get; init; } = [];

    /// <summary>Length in seconds: of what there is; while it is made, of what was asked for.</summary>
    public double Seconds => MadeSeconds ?? AskedSeconds;

    /// <summary>Length in seconds, as it was asked for.</summary>
    public double AskedSeconds => Manifest.FrameRate > 0 ? Manifest.Settings.Frames / Manifest.FrameRate : 0;
}

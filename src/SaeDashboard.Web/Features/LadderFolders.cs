using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Steering;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Features;

/// <summary>A feature's ladder as pages show it.</summary>
/// <param name="Ladder">The ladder.</param>
/// <param name="Descriptors">The descriptors, in the order of its deltas.</param>
/// <param name="Stale">Why it does not count any more; null: it counts.</param>
public sealed record LadderView(FeatureLadder Ladder, IReadOnlyList<string> Descriptors, string? Stale);

/// <summary>What was read of an index's ladders.</summary>
/// <param name="Sources">The index's own first.</param>
/// <param name="Problems">What is wrong with files that could not be read.</param>
internal sealed record ReadLadders(IReadOnlyList<StrengthLadders> Sources, IReadOnlyList<string> Problems)
{
    /// <summary>The ladder of a feature: of several that count the last, which is the one measured here; null: there is none.</summary>
    /// <param name="feature">The feature.</param>
    /// <param name="p99">The p99 that the index has.</param>
    public LadderView? Of(int feature, double p99)
    {
        LadderView? found = null;
        foreach (var source in Sources)
        {
            if (source.Of(feature) is not { } ladder) continue;
            var view = new LadderView(ladder, source.Info.Descriptors, source.StaleOf(ladder, p99));
            if (found is null || view.Stale is null) found = view;
        }
        return found;
    }
}

/// <summary>
/// The folders with ladders for an index: its own, and one in the data folder for those of an SAE that is part of the program, which goes by the SHA-256 of the
/// SAE's weights. Safe for several threads.
/// </summary>
/// <param name="root">The folder in the data folder: <see cref="Hosting.DataRoot.Ladders"/>.</param>
public sealed class LadderFolders(string root)
{
    private readonly ConcurrentDictionary<string, int> versions = new(StringComparer.Ordinal);

    /// <summary>Ladders of an SAE, by its hash, are others now. Raised on a pool thread.</summary>
    public event Action<string>? Changed;

    /// <summary>Where ladders of an SAE are written.</summary>
    public string Of(CatalogSae sae)
    {
        ArgumentNullException.ThrowIfNull(sae);
        return sae is { Shipped: true, Hash: { } hash } && IsHash(hash) ? Path.Combine(root, hash) : Path.Combine(sae.Path, "index");
    }

    /// <summary>Says that ladders of an SAE were written: they are read again, and pages that are open show them.</summary>
    /// <param name="saeHash">SHA-256 of the SAE's weights.</param>
    public void Announce(string saeHash)
    {
        versions.AddOrUpdate(saeHash, 1, (_, version) => version + 1);
        Changed?.Invoke(saeHash);
    }

    /// <summary>Grows each time that ladders of an SAE are written.</summary>
    internal int Version(string saeHash) => versions.GetValueOrDefault(saeHash);

    /// <summary>Reads all ladders of an index.</summary>
    internal ReadLadders Read(FeatureIndex index)
    {
        var own = ReadOwn(index);
        // An SAE folder of another program may name anything as its hash.
        return IsHash(index.Info.SaeHash) ? Take(Path.Combine(root, index.Info.SaeHash), index.Info, own) : own;
    }

    /// <summary>Reads the ladders in an index's own folder.</summary>
    internal static ReadLadders ReadOwn(FeatureIndex index) => Take(index.Folder, index.Info, new ReadLadders([], []));

    private static ReadLadders Take(string folder, FeatureIndexInfo index, ReadLadders before)
    {
        try
        {
            return StrengthLadders.Open(folder, index) is { } found ? before with { Sources = [.. before.Sources, found] } : before;
        }
        catch (UserException error)
        {
            return before with { Problems = [.. before.Problems, error.Message] };
        }
    }

    private static bool IsHash(string text) => text.Length is > 0 and <= 64 && text.All(char.IsAsciiHexDigitLower);
}

/// <summary>Says that an SAE has other ladders when a run that measures them ends.</summary>
internal sealed class LadderWatch(IRunRegistry registry, ICatalog catalog, LadderFolders folders) : IHostedService
{
    private readonly ConcurrentDictionary<string, RunState> states = new(StringComparer.Ordinal);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        registry.Changed += OnChanged;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        registry.Changed -= OnChanged;
        return Task.CompletedTask;
    }

    private void OnChanged(string id)
    {
        if (registry.Find(id) is not { Plan.Kind: RunKind.Ladder } run) return;
        var was = states.TryGetValue(id, out var before) ? before : (RunState?)null;
        states[id] = run.Status.State;
        if (was == run.Status.State || run.Status.State != RunState.Done) return;
        if (catalog.Saes.FirstOrDefault(sae => sae.Path == run.Plan.SaePath)?.Hash is { } hash) folders.Announce(hash);
    }
}

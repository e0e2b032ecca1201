using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Scores;

namespace SaeDashboard.Web.Features;

/// <summary>The features of every SAE that has an index. An index stays open until its files change; what lists are made of is in memory.</summary>
/// <param name="catalog">The SAEs.</param>
/// <param name="library">The clips.</param>
/// <param name="labels">Labels.</param>
/// <param name="log">Takes what is wrong with files that features are shown without.</param>
/// <param name="suggestions">Where suggestions are; null: in the folder of an index alone.</param>
/// <param name="ladders">Where strength ladders are; null: in the folder of an index alone.</param>
public sealed partial class FeatureCatalog(ICatalog catalog, ClipLibrary library, FeatureLabels labels, ILogger<FeatureCatalog>? log = null, SuggestionFolders? suggestions = null, LadderFolders? ladders = null)
{
    private static readonly Dictionary<int, int> NoComments = [];
    private static readonly Dictionary<int, LabelTrust> NoTrust = [];

    // Of an index whose suggestions or ladders alone change, only these are read again.
    private readonly OpenFolders<FeatureSet> opened = new(), suggested = new();

    /// <summary>
    /// The SAEs whose features can be listed: the one labelled last first, so that a run of a minute does not push it away; then the newest; the
    /// bundled one, while it has no label, last.
    /// </summary>
    public IReadOnlyList<CatalogSae> Saes =>
    [
        .. catalog.Saes.Where(sae => sae.HasIndex && sae.State != CatalogState.Refused)
            .OrderByDescending(sae => sae.Hash is { } hash ? labels.LastRevision(hash) : 0).ThenBy(sae => sae.Shipped).ThenByDescending(sae => sae.ModifiedUtc),
    ];

    /// <summary>The features of an SAE; null when there is no such SAE or it has no index.</summary>
    /// <exception cref="UserException">The index cannot be read.</exception>
    public FeatureSet? Open(string saeId)
    {
        if (catalog.Sae(saeId) is not { HasIndex: true } sae) return null;
        var folder = Path.Combine(sae.Path, "index");
        var dataset = DatasetOf(sae);
        var stamp = $"{sae.Stamp}|{dataset?.Path}|{dataset?.Stamp}";
        var read = opened.Open(folder, stamp, () => new FeatureSet(FeatureIndex.Open(folder), Clips(dataset), dataset?.Id));
        return suggested.Open(folder, $"{stamp}|{suggestions?.Version(read.SaeHash)}|{ladders?.Version(read.SaeHash)}", () =>
        {
            var set = suggestions is null && ladders is null ? read : read.With(suggestions?.Read(read.Index), ladders?.Read(read.Index));
            if (log is not null)
                foreach (var problem in set.FileProblems) LogProblem(log, saeId, problem);
            return set;
        });
    }

    /// <summary>The current label of each feature that has one.</summary>
    public IReadOnlyDictionary<int, CurrentLabel> Labels(FeatureSet set) => labels.Current(set.SaeHash);

    /// <summary>How many features of an SAE have a label.</summary>
    /// <param name="saeHash">SHA-256 of its weights.</param>
    public int LabelCount(string saeHash) => labels.Current(saeHash).Count;

    /// <summary>One page of the features a query asks for; null when there is no such SAE.</summary>
    public FeaturePage? Query(string saeId, FeatureQuery query) => Open(saeId) is { } set ? Query(set, query) : null;

    /// <summary>One page of the features a query asks for: the page asked for, or the last there is.</summary>
    public FeaturePage Query(FeatureSet set, FeatureQuery query) => PageOf(set, Labels(set), query);

    /// <summary>The page that contains a feature; if the query excludes it, the page where it would be.</summary>
    /// <param name="set">The SAE's features.</param>
    /// <param name="current">Their labels.</param>
    /// <param name="query">What is asked for.</param>
    /// <param name="feature">The feature.</param>
    /// <param name="lists">The lists of this SAE that the reader may see.</param>
    /// <param name="comments">How many comments each feature has that has any.</param>
    /// <param name="trust">How far people trust what features are called, of those that they voted on.</param>
    public static FeaturePage PageAround(
        FeatureSet set, IReadOnlyDictionary<int, CurrentLabel> current, FeatureQuery query, int feature, IReadOnlyList<FeatureListRow>? lists = null, IReadOnlyDictionary<int, int>? comments = null,
        IReadOnlyDictionary<int, LabelTrust>? trust = null)
    {
        var finding = FeatureFilter.Find(set, current, query, lists, comments, trust: trust);
        var order = finding.Order;
        var place = Array.IndexOf(order, feature);
        if (place >= 0) return PageOf(set, current, finding, lists, comments, trust, place / FeaturePage.Size + 1);
        // A label took it out of a queue of unlabelled features, or it was opened from elsewhere: the list continues from where it was.
        if ((uint)feature >= (uint)set.Index.Count || order.Length == 0) return PageOf(set, current, finding, lists, comments, trust, query.Page) with { Contains = false };
        var gap = Array.IndexOf(FeatureFilter.Apply(set, current, query, feature, lists, comments, trust), feature);
        return PageOf(set, current, finding, lists, comments, trust, Math.Min(gap, order.Length - 1) / FeaturePage.Size + 1) with { Contains = false, Gap = gap < order.Length ? order[gap] : null };
    }

    /// <summary>One page of the features a query asks for, with these labels.</summary>
    public static FeaturePage PageOf(FeatureSet set, IReadOnlyDictionary<int, CurrentLabel> labels, FeatureQuery query, IReadOnlyList<FeatureListRow>? lists = null, IReadOnlyDictionary<int, int>? comments = null,
        IReadOnlyDictionary<int, LabelTrust>? trust = null) =>
        PageOf(set, labels, FeatureFilter.Find(set, labels, query, lists, comments, trust: trust), lists, comments, trust, query.Page);

    /// <summary>One feature as lists show it.</summary>
    public FeatureRow Row(FeatureSet set, int feature) => set.Row(feature, Labels(set).GetValueOrDefault(feature));

    [LoggerMessage(Level = LogLevel.Warning, Message = "SAE {Sae}: {Problem} Its features are shown without it.")]
    private static partial void LogProblem(ILogger log, string sae, string problem);

    private static FeaturePage PageOf(
        FeatureSet set, IReadOnlyDictionary<int, CurrentLabel> current, FeatureFinding finding, IReadOnlyList<FeatureListRow>? lists, IReadOnlyDictionary<int, int>? comments, IReadOnlyDictionary<int, LabelTrust>? trust,
        int page)
    {
        var order = finding.Order;
        var last = Math.Max(1, (order.Length + FeaturePage.Size - 1) / FeaturePage.Size);
        var shown = Math.Clamp(page, 1, last);
        var rows = order.Skip((shown - 1) * FeaturePage.Size).Take(FeaturePage.Size).Select(feature => set.Row(feature, current.GetValueOrDefault(feature)));
        return new FeaturePage([.. rows], shown, order.Length, set.Index.Count) { Trust = trust ?? NoTrust, Facets = FacetCounts.Of(set, current, finding.Misses, lists ?? [], comments ?? NoComments, trust ?? NoTrust), Search = finding.Search };
    }

    /// <summary>The dataset the index was measured on: by its hash, whatever its folder is called now.</summary>
    private CatalogDataset? DatasetOf(CatalogSae sae) =>
        sae.DatasetId is { } id ? catalog.Dataset(id) : sae.DatasetHash is { } hash ? catalog.DatasetByHash(hash) : null;

    private ClipDataset? Clips(CatalogDataset? dataset)
    {
        try
        {
            return dataset is null ? null : library.Open(dataset);
        }
        catch (UserException)
        {
            // The figures are worth showing without the sound; the Data page says what is wrong with the set.
            return null;
        }
    }
}

/// <summary>
/// What was opened of folders that others may replace: kept while the folder's stamp is the same, opened again when it is another. The older one
/// is left to those who still read it, and its file is closed when the last of them has forgotten it.
/// </summary>
internal sealed class OpenFolders<T>
{
    private readonly ConcurrentDictionary<string, (string Stamp, Lazy<T> Opened)> folders = new(StringComparer.Ordinal);

    /// <summary>Gives what is open, or opens it. An opening that failed is tried again.</summary>
    /// <param name="folder">Which.</param>
    /// <param name="stamp">What the catalog saw of its files: <see cref="Data.CatalogEntry.Stamp"/>.</param>
    /// <param name="open">Opens it.</param>
    public T Open(string folder, string stamp, Func<T> open)
    {
        var known = folders.AddOrUpdate(folder, _ => (stamp, new Lazy<T>(open)), (_, was) => was.Stamp == stamp ? was : (stamp, new Lazy<T>(open)));
        try
        {
            return known.Opened.Value;
        }
        catch
        {
            folders.TryRemove(new(folder, known));
            throw;
        }
    }
}

using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Features;

/// <summary>What was read of an index's suggestions.</summary>
/// <param name="Sources">What programs made: the index's own first.</param>
/// <param name="Problems">What is wrong with files that could not be read.</param>
internal sealed record ReadSuggestions(IReadOnlyList<LabelSuggestions> Sources, IReadOnlyList<string> Problems);

/// <summary>
/// The folders with a suggestions.jsonl for an index: its own; one in the data folder for those of an index that cannot be written; and one in the data folder for
/// what language models said, which was paid for and outlives an index. The last two go by the SHA-256 of the SAE's weights. Safe for several threads.
/// </summary>
/// <param name="root">The folder in the data folder: <see cref="DataRoot.Suggestions"/>.</param>
public sealed class SuggestionFolders(string root)
{
    private const string Kept = "index", FromModels = "models";

    private readonly ConcurrentDictionary<string, int> versions = new(StringComparer.Ordinal);

    /// <summary>Suggestions for an SAE, by its hash, are others now. Raised on the thread that wrote them.</summary>
    public event Action<string>? Changed;

    /// <summary>The folder in the data folder for suggestions of an index that cannot be written; it may be missing.</summary>
    /// <param name="saeHash">SHA-256 of the SAE's weights.</param>
    public string OfIndex(string saeHash) => Path.Combine(root, Checked(saeHash), Kept);

    /// <summary>The folder in the data folder for what language models suggest; it may be missing.</summary>
    /// <param name="saeHash">SHA-256 of the SAE's weights.</param>
    public string OfModels(string saeHash) => Path.Combine(root, Checked(saeHash), FromModels);

    /// <summary>Says that suggestions for an SAE were written: they are read again, and pages that are open show them.</summary>
    /// <param name="saeHash">SHA-256 of the SAE's weights.</param>
    public void Announce(string saeHash)
    {
        versions.AddOrUpdate(saeHash, 1, (_, version) => version + 1);
        Changed?.Invoke(saeHash);
    }

    /// <summary>Grows each time that suggestions for an SAE are written.</summary>
    internal int Version(string saeHash) => versions.GetValueOrDefault(saeHash);

    /// <summary>Reads all suggestions for an index.</summary>
    internal ReadSuggestions Read(FeatureIndex index)
    {
        var (sources, problems) = (new List<LabelSuggestions>(), new List<string>());
        Take(index.Folder, index.Info, false, sources, problems);
        // An SAE folder of another program may name anything as its hash.
        if (!IsHash(index.Info.SaeHash)) return new ReadSuggestions(sources, problems);
        if (sources.Count == 0) Take(OfIndex(index.Info.SaeHash), index.Info, false, sources, problems);
        Take(OfModels(index.Info.SaeHash), index.Info, true, sources, problems);
        return new ReadSuggestions(sources, problems);
    }

    /// <summary>Reads the suggestions in an index's own folder.</summary>
    internal static ReadSuggestions ReadOwn(FeatureIndex index)
    {
        var (sources, problems) = (new List<LabelSuggestions>(), new List<string>());
        Take(index.Folder, index.Info, false, sources, problems);
        return new ReadSuggestions(sources, problems);
    }

    private static void Take(string folder, FeatureIndexInfo index, bool anyDataset, List<LabelSuggestions> sources, List<string> problems)
    {
        try
        {
            if (LabelSuggestions.Open(folder, index, anyDataset) is { } made) sources.Add(made);
        }
        catch (UserException error)
        {
            problems.Add(error.Message);
        }
    }

    private static string Checked(string saeHash) => IsHash(saeHash) ? saeHash : throw new ArgumentException("A hash is hexadecimal digits.", nameof(saeHash));

    private static bool IsHash(string text) => text.Length is > 0 and <= 64 && text.All(char.IsAsciiHexDigitLower);
}

using System.Runtime.CompilerServices;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Atlas;

/// <summary>The atlases of the SAEs that have one, and what pages are sent of them. Opened once for each opened index; from memory after that.</summary>
public sealed class AtlasCatalog(FeatureCatalog features)
{
    private readonly ConditionalWeakTable<FeatureSet, OpenedAtlas> opened = [];

    /// <summary>The atlas of an SAE; null when there is no such SAE or it has no index. The atlas itself may be missing.</summary>
    /// <exception cref="UserException">The index cannot be read.</exception>
    public OpenedAtlas? Open(string saeId) => features.Open(saeId) is { } set ? Of(set) : null;

    /// <summary>The atlas of an opened index.</summary>
    public OpenedAtlas Of(FeatureSet set) => opened.GetValue(set, static each => new OpenedAtlas(each));

    /// <summary>The names of an SAE's features, as the map writes them.</summary>
    public AtlasAnswer Names(OpenedAtlas atlas) => atlas.Names(features.Labels(atlas.Set));
}

/// <summary>An SAE's features with their atlas.</summary>
public sealed class OpenedAtlas
{
    private readonly Lazy<AtlasAnswer?> points;
    private (IReadOnlyDictionary<int, CurrentLabel> Labels, AtlasAnswer Answer)? names;

    /// <param name="set">The features.</param>
    public OpenedAtlas(FeatureSet set)
    {
        Set = set;
        try
        {
            Atlas = FeatureAtlas.Open(set.Index.Folder, set.Index.Info);
        }
        catch (UserException error)
        {
            Problem = error.Message;
        }
        points = new Lazy<AtlasAnswer?>(() => Atlas is { } atlas ? AtlasAnswer.Of(AtlasBytes.Of(set, atlas)) : null);
    }

    public FeatureSet Set { get; }

    /// <summary>The map; null: the index has none, or it cannot be read.</summary>
    public FeatureAtlas? Atlas { get; }

    /// <summary>Why the map cannot be read; null while it can, or when there is none.</summary>
    public string? Problem { get; }

    /// <summary>What the page draws (<see cref="AtlasBytes"/>); null without a map.</summary>
    internal AtlasAnswer? Points => points.Value;

    /// <summary>Labels, suggested labels and concepts as JSON. Labels are a snapshot that never changes, so the last answer is kept.</summary>
    internal AtlasAnswer Names(IReadOnlyDictionary<int, CurrentLabel> labels)
    {
        if (names is { } last && ReferenceEquals(last.Labels, labels)) return last.Answer;
        var hints = Enumerable.Range(0, Set.Index.Count).Where(feature => Set.Suggestion(feature) is not null).ToDictionary(feature => feature, feature => Set.Suggestion(feature)!.Words);
        var answer = AtlasAnswer.Of(JsonSerializer.SerializeToUtf8Bytes(new
        {
            concepts = Set.Index.Measures?.Info.Concepts ?? [],
            labels = labels.Where(label => (uint)label.Key < (uint)Set.Index.Count).ToDictionary(label => label.Key, label => label.Value.Text),
            hints,
        }, JsonSerializerOptions.Web));
        names = (labels, answer);
        return answer;
    }
}

/// <summary>An answer that is kept, with what names its content.</summary>
/// <param name="Bytes">The content.</param>
/// <param name="Tag">The entity tag, without quotation marks.</param>
public sealed record AtlasAnswer(ReadOnlyMemory<byte> Bytes, string Tag)
{
    internal static AtlasAnswer Of(byte[] bytes) => new(bytes, Hashing.Sha256(bytes)[..24]);
}

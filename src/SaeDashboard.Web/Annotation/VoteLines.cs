using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Annotation;

/// <summary>One annotation of a file of votes, as far as the file says it; null: it does not.</summary>
internal sealed record VoteEntry(
    string? Id, string? Queue, int? Feature, AnnotationKind? Kind, string? Person, string? Name, DateTimeOffset? At, DateTimeOffset? Withdrawn, AnnotationVerdict? Verdict, string? Label, string? Shown, int? Specificity,
    IReadOnlyList<string> Tags, string? Note, double? Seconds, IReadOnlyList<ClipVote> Clips);

/// <summary>A field of an entry is wrong.</summary>
/// <param name="field">The field's name in the file.</param>
/// <param name="message">What is wrong with it.</param>
internal sealed class VoteFault(string field, string message) : Exception(message)
{
    /// <summary>The field's name in the file: "verdict".</summary>
    public string Field { get; } = field;
}

/// <summary>Annotations of a file of another form, checked and translated to the lines of an exported file, so that they are merged as those are.</summary>
/// <param name="queueOf">Gives a queue by its id; null: it is not here, or is not the one that the file is for.</param>
/// <param name="only">The queue of entries that name none; null: each has to.</param>
/// <param name="actor">Who brings the file: the author of what names none.</param>
/// <param name="now">The time of what names none.</param>
internal sealed class VoteLines(Func<string, QueueRow?> queueOf, QueueRow? only, Actor actor, DateTimeOffset now)
{
    private readonly StringBuilder lines = new(new JsonObject { ["export"] = 3, ["site"] = "00000000", ["at"] = Time(now) }.ToJsonString());
    private readonly Dictionary<string, Dictionary<int, bool>> items = new(StringComparer.Ordinal);
    private readonly HashSet<string> ids = new(StringComparer.Ordinal);

    /// <summary>The annotations that were added.</summary>
    public int Count => ids.Count;

    /// <summary>Adds one.</summary>
    /// <exception cref="VoteFault">A field of it is wrong.</exception>
    /// <exception cref="UserException">Something else of it is refused.</exception>
    public void Add(VoteEntry entry)
    {
        var queue = entry.Queue is { } named ? queueOf(named) ?? throw new VoteFault("queue", only is null ? $"there is no queue {named} here. Import the file that Export made on the site it is of first" : $"it is of the queue {named}, and this import is for {only.Id}")
            : only ?? throw new VoteFault("queue", "it names no queue");
        var feature = entry.Feature ?? throw new VoteFault("feature", "it is empty");
        if (!ItemsOf(queue).TryGetValue(feature, out var practice)) throw new VoteFault("feature", $"{feature} is not an item of the queue “{queue.Content.Name}”");
        var verdict = entry.Verdict ?? throw new VoteFault("verdict", "it is empty");
        if (AnnotationRules.HasLabel(verdict) && string.IsNullOrWhiteSpace(entry.Label)) throw new VoteFault("label", $"it is empty, and the verdict {verdict.Name()} needs one");
        if (entry.Specificity is < 1 or > 5) throw new VoteFault("specificity", $"{entry.Specificity} is not 1 to 5");
        var kind = entry.Kind ?? (practice ? AnnotationKind.Practice : AnnotationKind.Annotation);
        var said = AnnotationRules.Checked(new AnnotationContent(queue.Id, feature, kind, verdict, entry.Clips, entry.Label, entry.Specificity, entry.Tags, entry.Note, null, entry.Seconds ?? 0, Shown: entry.Shown));
        var line = new JsonObject
        {
            ["kind"] = "annotation", ["queue"] = queue.Id, ["feature"] = feature, ["role"] = kind.Name(), ["verdict"] = verdict.Name(), ["by"] = PersonOf(entry), ["seconds"] = said.Seconds,
            ["clips"] = said.Clips.Count == 0 ? null : new JsonArray([.. said.Clips.Select(clip => new JsonObject { ["row"] = clip.Row, ["vote"] = clip.Vote.Name() })]),
            ["label"] = said.Label, ["shown"] = said.Shown, ["specificity"] = said.Specificity, ["tags"] = said.Tags.Count == 0 ? null : new JsonArray([.. said.Tags.Select(tag => JsonValue.Create(tag))]), ["note"] = said.Note,
        };
        // An id made of what is said: the same file again changes nothing.
        var id = entry.Id is not { Length: > 0 } ? new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(line.ToJsonString())).AsSpan(0, 16)).ToString("D")
            : AnnotationRules.IsId(entry.Id) ? entry.Id : throw new VoteFault("annotation", $"“{entry.Id}” is not a UUID in lower case, such as 3f2b8c1e-9d4a-4f6b-8a52-0c1d2e3f4a5b");
        if (!ids.Add(id)) throw new VoteFault("annotation", $"{id} is there twice");
        line["id"] = id;
        line["at"] = Time(entry.At ?? now);
        if (entry.Withdrawn is { } withdrawn) line["withdrawn"] = Time(withdrawn);
        foreach (var name in line.Where(member => member.Value is null).Select(member => member.Key).ToArray()) line.Remove(name);
        lines.Append('\n').Append(line.ToJsonString(JsonDefaults.Lines));
    }

    /// <summary>The lines of a file to import.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(lines.ToString());

    /// <summary>The items of a queue, and whether each is a practice item.</summary>
    private Dictionary<int, bool> ItemsOf(QueueRow queue)
    {
        if (items.TryGetValue(queue.Id, out var known)) return known;
        var all = queue.Content.Features.Concat(queue.Content.Gold.Select(item => item.Feature)).ToDictionary(feature => feature, _ => false);
        foreach (var item in queue.Content.Practice) all[item.Feature] = true;
        return items[queue.Id] = all;
    }

    /// <summary>A person who has a name and no id is not a person of this site.</summary>
    private JsonObject PersonOf(VoteEntry entry)
    {
        if (entry.Person is { Length: > 0 } id) return new JsonObject { ["id"] = id, ["name"] = PersonText.Name(entry.Name is { Length: > 0 } name ? name : id, "name") };
        return entry.Name is { Length: > 0 } alone ? new JsonObject { ["id"] = $"file {PersonText.Name(alone, "name")}@00000000", ["name"] = PersonText.Name(alone, "name") } : new JsonObject { ["id"] = actor.UserId, ["name"] = actor.Name };
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

/// <summary>What is wrong with a file, by its places: all of them are read before it is refused.</summary>
/// <param name="file">Its name.</param>
internal sealed class ImportFaults(string file)
{
    private const int MostNamed = 10;

    private readonly List<string> named = [];
    private int count;

    /// <summary>Notes one.</summary>
    /// <param name="place">Where: "line 3, column 10 (verdict)".</param>
    /// <param name="what">What is wrong.</param>
    public void Add(string place, string what)
    {
        if (count++ < MostNamed) named.Add($"{char.ToUpperInvariant(place[0])}{place[1..]}: {what.TrimEnd('.')}.");
    }

    /// <summary>Refuses the file, if anything was noted.</summary>
    /// <exception cref="UserException">Something was: the message has the first ten places.</exception>
    public void Throw()
    {
        if (count > 0)
            throw new UserException(string.Create(CultureInfo.InvariantCulture, $"{file}: nothing was imported, {(count == 1 ? "one place is" : $"{count:N0} places are")} wrong. ") + string.Join(" ", named) + (count > MostNamed ? " …" : ""));
    }
}

using SaeDashboard.Core;

namespace SaeDashboard.Storage;

/// <summary>What a queue and an annotation may be: for those who write and for files that are imported.</summary>
public static class AnnotationRules
{
    /// <summary>The most features of one queue.</summary>
    public const int MaxFeatures = 32_768;

    /// <summary>The most people who judge one item.</summary>
    public const int MaxOverlap = 5;

    /// <summary>Practice items of a queue.</summary>
    public const int MaxPractice = 3;

    /// <summary>Gold items of a queue.</summary>
    public const int MaxGold = 200;

    /// <summary>Votes of one annotation.</summary>
    public const int MaxClips = 64;

    /// <summary>Tags of one annotation.</summary>
    public const int MaxTags = 20;

    /// <summary>Characters of a tag.</summary>
    public const int LongestTag = 60;

    /// <summary>Characters of a note, and of what a practice item says.</summary>
    public const int LongestNote = 4000;

    /// <summary>Characters of the guidelines.</summary>
    public const int LongestGuidelines = 20_000;

    /// <summary>Annotations of one item, withdrawn ones included.</summary>
    public const int MaxPerItem = 200;

    // A suggestion may be longer than a label.
    private const int LongestShown = 400;

    private const double LongestSeconds = 24 * 3600;
    private const int HashLength = 64;

    /// <summary>A queue with its texts cleaned. Features that are there twice, or are gold or practice items, are taken out of the order.</summary>
    /// <exception cref="UserException">Something of it is refused; the message names it.</exception>
    public static QueueContent Checked(QueueContent queue)
    {
        CheckHash("sae", queue.SaeHash);
        CheckHash("dataset", queue.DatasetHash);
        if (queue.Overlap is < 1 or > MaxOverlap) throw new UserException($"overlap is {queue.Overlap}; from 1 to {MaxOverlap} people judge an item.");
        if (!Enum.IsDefined(queue.Mode)) throw new UserException("mode is blindFirst or labelFirst.");
        if (queue.Gold.Count > MaxGold) throw new UserException($"There are {queue.Gold.Count} gold items; {MaxGold} is the most.");
        if (queue.Practice.Count > MaxPractice) throw new UserException($"There are {queue.Practice.Count} practice items; {MaxPractice} is the most.");
        foreach (var feature in queue.Features) CheckFeature(feature);
        ReferenceItem[] gold = [.. queue.Gold.Select(item => Checked(item, "gold"))], practice = [.. queue.Practice.Select(item => Checked(item, "practice"))];
        var known = new HashSet<int>();
        foreach (var item in gold.Concat(practice))
            if (!known.Add(item.Feature)) throw new UserException($"Feature {item.Feature} is a gold or practice item twice; it can be one of them, once.");
        int[] features = [.. queue.Features.Where(known.Add)];
        if (features.Length == 0) throw new UserException("The queue has no features besides its gold and practice items: widen the filters, or take another list.");
        if (features.Length > MaxFeatures) throw new UserException(FormattableString.Invariant($"The queue would have {features.Length:N0} features; {MaxFeatures:N0} is the most. Narrow the filters first."));
        return queue with
        {
            Name = PersonText.Name(queue.Name, "The queue's name"),
            Guidelines = PersonText.Lines(queue.Guidelines, "The guidelines", LongestGuidelines),
            Features = features,
            Gold = gold,
            Practice = practice,
        };
    }

    /// <summary>An annotation with its texts cleaned.</summary>
    /// <exception cref="UserException">Something of it is refused; the message names it.</exception>
    public static AnnotationContent Checked(AnnotationContent annotation)
    {
        if (!Ids.IsValid("queue", annotation.Queue)) throw new UserException("queue is not a queue's id.");
        CheckFeature(annotation.Feature);
        if (!Enum.IsDefined(annotation.Verdict) || !Enum.IsDefined(annotation.Kind)) throw new UserException($"verdict is one of {string.Join(", ", EnumJson.All<AnnotationVerdict>())}.");
        if (annotation.Specificity is < 1 or > 5) throw new UserException($"specificity is {annotation.Specificity}; it may be 1 to 5.");
        if (!(annotation.Seconds is >= 0 and <= LongestSeconds)) throw new UserException(FormattableString.Invariant($"seconds is {annotation.Seconds}; it may be 0 to {LongestSeconds}."));
        if (annotation.SeenRevision < 0) throw new UserException("seenRevision is a label's revision, or 0 where there was no label.");
        if (annotation.Tags.Count > MaxTags) throw new UserException($"There are {annotation.Tags.Count} tags; {MaxTags} is the most.");
        var label = PersonText.Line(annotation.Label, "The label", LabelRepository.LongestText);
        if (label.Length == 0 && HasLabel(annotation.Verdict)) throw new UserException($"The verdict is {annotation.Verdict.Name()}, and label is empty: give the label that is meant.");
        return annotation with
        {
            Clips = Checked(annotation.Clips),
            Label = label.Length > 0 ? label : null,
            Shown = PersonText.Line(annotation.Shown, "The label that was shown", LongestShown) is { Length: > 0 } shown ? shown : null,
            Tags = [.. annotation.Tags.Select(tag => PersonText.Name(tag, "A tag", LongestTag)).Distinct(StringComparer.OrdinalIgnoreCase)],
            Note = PersonText.Lines(annotation.Note, "The note", LongestNote) is { Length: > 0 } note ? note : null,
        };
    }

    /// <summary>The rule of an annotation's id: a UUID in lower case, as browsers make them.</summary>
    public static bool IsId(string id) => Guid.TryParseExact(id, "D", out _) && !id.AsSpan().ContainsAnyInRange('A', 'F');

    /// <summary>Whether a verdict says what the label is.</summary>
    public static bool HasLabel(AnnotationVerdict verdict) => verdict is AnnotationVerdict.Accept or AnnotationVerdict.Edit;

    /// <summary>Whether two people say the same: the same verdict, and of those that name a label the same text.</summary>
    internal static bool Agree(AnnotationContent one, AnnotationContent other) => HasLabel(one.Verdict)
        ? HasLabel(other.Verdict) && string.Equals(one.Label, other.Label, StringComparison.OrdinalIgnoreCase)
        : one.Verdict == other.Verdict;

    private static ReferenceItem Checked(ReferenceItem item, string what)
    {
        CheckFeature(item.Feature);
        if (!Enum.IsDefined(item.Verdict)) throw new UserException($"{what}: verdict is one of {string.Join(", ", EnumJson.All<AnnotationVerdict>())}.");
        return item with { Clips = Checked(item.Clips), Why = PersonText.Lines(item.Why, $"What a {what} item says", LongestNote) is { Length: > 0 } why ? why : null };
    }

    private static ClipVote[] Checked(IReadOnlyList<ClipVote> clips)
    {
        if (clips.Count > MaxClips) throw new UserException($"There are {clips.Count} votes on clips; {MaxClips} is the most.");
        var rows = new HashSet<int>();
        foreach (var clip in clips)
        {
            if (clip.Row < 0) throw new UserException($"A vote is on clip {clip.Row}; rows begin at 0.");
            if (!Enum.IsDefined(clip.Vote)) throw new UserException($"A vote is one of {string.Join(", ", EnumJson.All<ClipJudgement>())}.");
            if (!rows.Add(clip.Row)) throw new UserException($"There are two votes on clip {clip.Row}.");
        }
        return [.. clips.OrderBy(clip => clip.Row)];
    }

    private static void CheckHash(string what, string hash)
    {
        if (hash.Length != HashLength || !hash.All(char.IsAsciiHexDigitLower)) throw new UserException($"{what} should be a SHA-256: 64 digits of 0-9 and a-f");
    }

    private static void CheckFeature(int feature)
    {
        if (feature is < 0 or > PresetLimits.MaxFeature) throw new UserException($"feature is {feature}; it may be 0 to {PresetLimits.MaxFeature}");
    }
}

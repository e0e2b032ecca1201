namespace SaeDashboard.Storage.Tables;

/// <summary>A queue of features that people annotate. An archived one is kept with everything that was said in it.</summary>
internal sealed record QueueDocument(
    string Id, QueueContent Content, string AuthorId, DateTimeOffset CreatedUtc, DateTimeOffset ChangedUtc, int Version, DateTimeOffset? ArchivedUtc) : IDocument;

/// <summary>One feature of a queue: what everybody said of it, oldest first, withdrawn or not, with the decision where they disagreed.</summary>
internal sealed record ItemDocument(string Id, string Queue, int Feature, IReadOnlyList<Annotation> Annotations) : IDocument
{
    public static string IdOf(string queue, int feature) => FormattableString.Invariant($"{queue}:{feature}");

    /// <summary>What annotators said and did not withdraw.</summary>
    public IReadOnlyList<Annotation> Votes() => [.. Annotations.Where(each => each is { WithdrawnUtc: null, Content.Kind: AnnotationKind.Annotation })];

    /// <summary>The decision of a third person.</summary>
    public Annotation? Adjudication() => Annotations.FirstOrDefault(each => each is { WithdrawnUtc: null, Content.Kind: AnnotationKind.Adjudication });

    /// <summary>Where the item is.</summary>
    /// <param name="queue">Its queue; null: not known, as while everything is read.</param>
    public ItemState State(QueueBook? queue)
    {
        if (Adjudication() is not null) return ItemState.Adjudicated;
        var votes = Votes();
        // A gold item has a known answer: one person's work on it is all there is to do for the queue.
        if (queue is null || queue.IsGold(Feature)) return votes.Count > 0 ? ItemState.Agreed : ItemState.Open;
        if (votes.Count < queue.Overlap) return ItemState.Open;
        return votes.All(vote => AnnotationRules.Agree(votes[0].Content, vote.Content)) ? ItemState.Agreed : ItemState.Disagreed;
    }
}

/// <summary>One person's work on an item.</summary>
internal sealed record Annotation(string Id, AnnotationContent Content, string AuthorId, DateTimeOffset CreatedUtc, DateTimeOffset? WithdrawnUtc = null, LabelWrite? Label = null);

/// <summary>A label that an annotation wrote: what takes it back.</summary>
/// <param name="Written">The revision that it wrote.</param>
/// <param name="Before">The revision before; 0: there was none.</param>
internal sealed record LabelWrite(long Written, long Before);

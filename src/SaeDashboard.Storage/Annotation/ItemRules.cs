using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>Who may say something of an item now, and when its label is settled.</summary>
/// <param name="queue">The queue.</param>
/// <param name="item">The item before the write.</param>
/// <param name="nameOf">The name of a user's id.</param>
internal sealed class ItemRules(QueueDocument queue, ItemDocument item, Func<string, string> nameOf)
{
    /// <summary>Checks a new annotation against those that are there.</summary>
    /// <exception cref="AnnotationConflictException">They do not go together.</exception>
    public void Check(AnnotationContent content, Actor actor)
    {
        var votes = item.Votes();
        if (item.Annotations.FirstOrDefault(each => each.WithdrawnUtc is null && each.AuthorId == actor.UserId && each.Content.Kind == content.Kind) is { } mine)
            throw Conflict(AnnotationConflict.JudgedAlready, "You have judged this item already. Withdraw that first to judge it again.", mine);
        switch (content.Kind)
        {
            case AnnotationKind.Annotation when IsGold:
                return;
            case AnnotationKind.Annotation when item.Adjudication() is { } decided:
                throw Conflict(AnnotationConflict.Full, $"{nameOf(decided.AuthorId)} has decided this item meanwhile.", decided);
            case AnnotationKind.Annotation when votes.Count >= queue.Content.Overlap:
                throw Conflict(AnnotationConflict.Full, $"As many people as the queue asks for have judged this item meanwhile: {string.Join(", ", votes.Select(vote => nameOf(vote.AuthorId)))}.", votes[^1]);
            case AnnotationKind.Adjudication:
                CheckAdjudication(votes, actor);
                return;
            default:
                return;
        }
    }

    /// <summary>Whether an annotation settles its item's label: it is a decision, or the last of as many that agree.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="item">The item with the annotation.</param>
    /// <param name="annotation">The annotation.</param>
    public static bool Settles(QueueContent queue, ItemDocument item, Annotation annotation)
    {
        if (!AnnotationRules.HasLabel(annotation.Content.Verdict) || queue.Gold.Any(gold => gold.Feature == item.Feature)) return false;
        if (annotation.Content.Kind != AnnotationKind.Annotation) return annotation.Content.Kind == AnnotationKind.Adjudication;
        var votes = item.Votes();
        return votes.Count >= queue.Overlap && votes.All(vote => AnnotationRules.Agree(vote.Content, annotation.Content));
    }

    /// <summary>The place of the annotation whose label goes when one is withdrawn: its own, or one that people agreed on and now are too few for. Null: no label goes.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="item">The item.</param>
    /// <param name="annotations">Its annotations after the withdrawal.</param>
    /// <param name="withdrawn">The one that was withdrawn.</param>
    public static int? LabelThatNeeded(QueueContent queue, ItemDocument item, IReadOnlyList<Annotation> annotations, Annotation withdrawn)
    {
        for (var place = 0; place < annotations.Count; place++)
        {
            var wrote = annotations[place];
            // A decision holds without the votes that it decided between.
            if (wrote.Label is null || (wrote.Id != withdrawn.Id && (wrote.Content.Kind != AnnotationKind.Annotation || withdrawn.Content.Kind != AnnotationKind.Annotation))) continue;
            return wrote.Id != withdrawn.Id && Settles(queue, item with { Annotations = annotations }, wrote) ? null : place;
        }
        return null;
    }

    private bool IsGold => queue.Content.Gold.Any(gold => gold.Feature == item.Feature);

    private void CheckAdjudication(IReadOnlyList<Annotation> votes, Actor actor)
    {
        if (item.Adjudication() is { } decided) throw Conflict(AnnotationConflict.NotWaiting, $"{nameOf(decided.AuthorId)} has decided this item meanwhile.", decided);
        if (IsGold || votes.Count < queue.Content.Overlap || votes.All(vote => AnnotationRules.Agree(votes[0].Content, vote.Content)))
            throw Conflict(AnnotationConflict.NotWaiting, "This item does not wait for an adjudicator: it is not judged by all yet, or they agree.");
        if (votes.FirstOrDefault(vote => vote.AuthorId == actor.UserId) is { } own)
            throw Conflict(AnnotationConflict.OwnItem, "You have judged this item yourself. A person who has not judged it decides.", own);
    }

    private AnnotationConflictException Conflict(AnnotationConflict reason, string message, Annotation? current = null) =>
        new(reason, message, current is null ? null : AnnotationRepository.RowOf(current, nameOf));
}

using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;
using SaeDashboard.Storage.Writing;

namespace SaeDashboard.Storage.Exchange;

/// <summary>Puts imported queues and annotations among those that are here, by their ids. Labels are imported before, as lines of their own: an annotation writes none here.</summary>
internal sealed class AnnotationMerge(WriteScope scope, string site)
{
    private readonly Dictionary<string, List<Annotation>> changed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> itemOf = new(StringComparer.Ordinal);

    /// <summary>Queues that are new or newer.</summary>
    public int Queues { get; private set; }

    /// <summary>Annotations that are new, or were withdrawn since.</summary>
    public int Annotations { get; private set; }

    /// <summary>Takes a queue in: a new one, or a newer state of one that is here. False: nothing of it is new.</summary>
    public bool Add(QueueLine line)
    {
        var here = scope.Find(scope.Tables.Queues, line.Id);
        if (here is not null && (here.ChangedUtc >= line.Changed || here.AuthorId != SiteIds.Inside(line.By.Id, site))) return false;
        var author = LabelMerge.Person(scope, line.By, site);
        // What a queue is about stays: its annotations are of that SAE and that dataset.
        var content = here is null ? line.Content : line.Content with { SaeHash = here.Content.SaeHash, DatasetHash = here.Content.DatasetHash };
        scope.Put(scope.Tables.Queues, new QueueDocument(line.Id, content, author, line.At, line.Changed, Math.Max(line.Version, here?.Version + 1 ?? 1), line.Archived));
        Queues++;
        return true;
    }

    /// <summary>Takes an annotation in; one that is here can be withdrawn, and nothing else. False: nothing of it is new.</summary>
    /// <exception cref="UserException">Its queue is neither here nor in the file.</exception>
    public bool Add(AnnotationLine line)
    {
        var queue = scope.Find(scope.Tables.Queues, line.Queue)
            ?? throw new UserException($"The annotation {line.Id} is of the queue {line.Queue}, which is neither here nor in the file. Nothing was imported.");
        var author = LabelMerge.Person(scope, line.By, site);
        if ((itemOf.GetValueOrDefault(line.Id) ?? scope.ItemOf(line.Id)) is { } known)
        {
            var annotations = Of(known, null);
            var place = annotations.FindIndex(each => each.Id == line.Id);
            if (annotations[place].AuthorId != author || annotations[place].WithdrawnUtc is not null || line.Withdrawn is null) return false;
            annotations[place] = annotations[place] with { WithdrawnUtc = line.Withdrawn, Label = null };
            Annotations++;
            return true;
        }
        var label = scope.Find(scope.Tables.Labels, LabelDocument.IdOf(new FeatureKey(queue.Content.SaeHash, line.Feature)));
        var id = ItemDocument.IdOf(line.Queue, line.Feature);
        var among = Of(id, scope.Find(scope.Tables.Items, id));
        if (among.Count >= AnnotationRules.MaxPerItem) throw new UserException($"Feature {line.Feature} of the queue {line.Queue} would have more than {AnnotationRules.MaxPerItem} annotations.");
        var added = new Annotation(line.Id, line.Content(line.SawNone ? 0 : NumberOf(line.Seen)), author, line.At, line.Withdrawn,
            line.Wrote is { } wrote && NumberOf(wrote.At) is { } written ? new LabelWrite(written, NumberOf(wrote.Over) ?? 0) : null);
        among.Insert(among.FindLastIndex(each => each.CreatedUtc <= line.At) + 1, added);
        itemOf[line.Id] = id;
        KeepNewest(among, added);
        Annotations++;
        return true;

        long? NumberOf(DateTimeOffset? time) => time is null ? null : label?.Revisions.LastOrDefault(revision => revision.CreatedUtc == time)?.Id;
    }

    /// <summary>Puts the results in their places.</summary>
    public void Finish()
    {
        foreach (var (id, annotations) in changed)
        {
            var item = new ItemDocument(id, annotations[0].Content.Queue, annotations[0].Content.Feature, [.. annotations]);
            if (scope.Find(scope.Tables.Items, id) is not { } here || !QueueRepository.Same(here, item)) scope.Put(scope.Tables.Items, item);
        }
    }

    /// <summary>Of two by one person, in one role, the newer one counts, as when it is sent here.</summary>
    private static void KeepNewest(List<Annotation> annotations, Annotation added)
    {
        var live = annotations.Where(each => each.WithdrawnUtc is null && each.AuthorId == added.AuthorId && each.Content.Kind == added.Content.Kind).ToArray();
        foreach (var older in live.SkipLast(1))
            annotations[annotations.IndexOf(older)] = older with { WithdrawnUtc = live[^1].CreatedUtc, Label = null };
    }

    private List<Annotation> Of(string id, ItemDocument? item)
    {
        if (changed.TryGetValue(id, out var annotations)) return annotations;
        return changed[id] = [.. (item ?? scope.Find(scope.Tables.Items, id))?.Annotations ?? []];
    }
}

using SaeDashboard.Core;
using static SaeDashboard.Storage.Tests.QueueSamples;
using static SaeDashboard.Storage.Tests.TemporaryStore;

namespace SaeDashboard.Storage.Tests;

/// <summary>What people say of the items of a queue, what becomes of the label, and undoing it.</summary>
public sealed class AnnotationTests : IDisposable
{
    private readonly TemporaryStore store = new();

    private AnnotationRepository Annotations => new(store.Db);

    private QueueRepository Queues => new(store.Db);

    private LabelRepository Labels => new(store.Db);

    public void Dispose() => store.Dispose();

    [Fact]
    public void An_annotation_keeps_everything_across_a_restart_and_its_id_again_changes_nothing()
    {
        var queue = Queues.Add(Queue(7, 8), Ada);
        var content = Says(queue, 7, AnnotationVerdict.Split) with
        {
            Clips = [new ClipVote(9, ClipJudgement.Fits), new ClipVote(3, ClipJudgement.DoesNotFit)], Specificity = 4, Tags = ["low", "Low", "wood"], Note = " two\nmeanings ", Label = " taiko ",
        };
        var kept = Annotations.Put(Id(1), content, Ada);
        Assert.Equal([3, 9], kept.Content.Clips.Select(clip => clip.Row));
        Assert.Equal(["low", "wood"], kept.Content.Tags);
        Assert.Equal(("two\nmeanings", "taiko"), (kept.Content.Note, kept.Content.Label));
        var bytes = new FileInfo(store.Journal).Length;
        Assert.Equal(kept.CreatedUtc, Annotations.Put(Id(1), content, Ada).CreatedUtc);
        Assert.Equal(bytes, new FileInfo(store.Journal).Length);
        Assert.Equal(1, Annotations.Progress(queue.Id)!.People.Single().Done);
        store.Restart();
        Assert.True(QueueRepository.Same(kept, Annotations.Find(Id(1))));
        Assert.Equal(1, Annotations.Progress(queue.Id)!.Done);

        var conflict = Assert.Throws<AnnotationConflictException>(() => Annotations.Put(Id(1), content with { Note = "other" }, Ada));
        Assert.Equal((AnnotationConflict.OtherContent, "two\nmeanings"), (conflict.Reason, conflict.Current!.Content.Note));
        Assert.Equal(AnnotationConflict.OtherContent, Assert.Throws<AnnotationConflictException>(() => Annotations.Put(Id(1), content, Bob)).Reason);
        Assert.Equal(AnnotationConflict.JudgedAlready, Assert.Throws<AnnotationConflictException>(() => Annotations.Put(Id(2), content, Ada)).Reason);
        Assert.Equal(AnnotationConflict.Full, Assert.Throws<AnnotationConflictException>(() => Annotations.Put(Id(2), content, Bob)).Reason);
    }

    [Fact]
    public void Accepting_writes_the_label_and_undoing_it_brings_back_what_was_there()
    {
        var queue = Queues.Add(Queue(1337), Ada);
        var before = Labels.Add(Taiko, "drums", "the note", Bob);
        var row = Annotations.Put(Id(1), Says(queue, 1337, AnnotationVerdict.Edit, "taiko") with { SeenRevision = before.Id }, Ada);
        var label = Labels.History(Taiko)[0];
        Assert.Equal(("taiko", "the note", "Ada", row.Revision), (label.Text, label.Note, label.Author, label.Id));
        var (withdrawn, takenBack) = Annotations.Withdraw(Id(1), Ada);
        Assert.NotNull(withdrawn.WithdrawnUtc);
        Assert.True(takenBack);
        Assert.Equal(("drums", before.Id), (Labels.History(Taiko)[0].Text, Labels.History(Taiko)[0].RestoredFrom));
        // Again: nothing happens, and a repeated send of what was withdrawn does not bring it back.
        Assert.Null(Annotations.Withdraw(Id(1), Ada).LabelTakenBack);
        Assert.NotNull(Annotations.Put(Id(1), Says(queue, 1337, AnnotationVerdict.Edit, "taiko") with { SeenRevision = before.Id }, Ada).WithdrawnUtc);
        Assert.Equal((0, 3), (Annotations.Progress(queue.Id)!.Done, Labels.History(Taiko).Count));
        // The item can be judged again.
        Annotations.Put(Id(2), Says(queue, 1337, AnnotationVerdict.Reject), Ada);
        Assert.Equal(1, Annotations.Progress(queue.Id)!.Done);
    }

    [Fact]
    public void Undoing_the_first_label_removes_it_and_a_label_that_came_after_stays()
    {
        var queue = Queues.Add(Queue(1337, 7), Ada);
        Annotations.Put(Id(1), Says(queue, 1337, AnnotationVerdict.Accept, "taiko"), Ada);
        Assert.True(Annotations.Withdraw(Id(1), Ada).LabelTakenBack);
        Assert.Empty(Labels.Current(Taiko.SaeHash));
        var row = Annotations.Put(Id(2), Says(queue, 1337, AnnotationVerdict.Accept, "taiko"), Ada);
        Labels.Add(Taiko, "tom", null, Bob, new LabelBasis(row.Revision));
        Assert.False(Annotations.Withdraw(Id(2), Ada).LabelTakenBack);
        Assert.Equal("tom", Labels.Current(Taiko.SaeHash)[1337].Text);
        Assert.Contains("Ada wrote this annotation", Assert.Throws<UserException>(() => Annotations.Withdraw(Id(2), Bob)).Message, StringComparison.Ordinal);
        Assert.Contains("There is no annotation", Assert.Throws<UserException>(() => Annotations.Withdraw(Id(99), Bob)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_of_another_person_that_was_not_seen_is_a_conflict_and_nothing_is_kept()
    {
        var queue = Queues.Add(Queue(1337), Ada);
        Labels.Add(Taiko, "tom", null, Bob);
        var bytes = new FileInfo(store.Journal).Length;
        var content = Says(queue, 1337, AnnotationVerdict.Edit, "taiko");
        var conflict = Assert.Throws<LabelConflictException>(() => Annotations.Put(Id(1), content, Ada));
        Assert.Equal(("tom", "Bob"), (conflict.Current.Text, conflict.Current.Author));
        // Not knowing what was seen is not a licence to overwrite it.
        Assert.Throws<LabelConflictException>(() => Annotations.Put(Id(1), content with { SeenRevision = null }, Ada));
        Assert.Equal((bytes, 0), (new FileInfo(store.Journal).Length, Annotations.Progress(queue.Id)!.Done));
        // The person saw it: by the same id, without the label, or over it.
        Annotations.Put(Id(1), content with { WritesLabel = false }, Ada);
        Assert.Equal(("tom", 1), (Labels.Current(Taiko.SaeHash)[1337].Text, Annotations.Progress(queue.Id)!.Done));
        Annotations.Withdraw(Id(1), Ada);
        Annotations.Put(Id(2), content with { SeenRevision = conflict.Current.Id }, Ada);
        Assert.Equal("taiko", Labels.Current(Taiko.SaeHash)[1337].Text);
    }

    [Fact]
    public void Two_who_agree_write_the_label_together_and_one_who_withdraws_takes_it_back()
    {
        var queue = Queues.Add(Queue(1337) with { Overlap = 2 }, Ada);
        Annotations.Put(Id(1), Says(queue, 1337, AnnotationVerdict.Accept, "Taiko"), Ada);
        Assert.Empty(Labels.Current(Taiko.SaeHash));
        Assert.Equal((0, 1), (Annotations.Progress(queue.Id)!.Done, Annotations.Progress(queue.Id)!.Begun));
        Annotations.Put(Id(2), Says(queue, 1337, AnnotationVerdict.Edit, "taiko"), Bob);
        Assert.Equal(("taiko", 1), (Labels.Current(Taiko.SaeHash)[1337].Text, Annotations.Progress(queue.Id)!.Done));
        Assert.True(Annotations.Withdraw(Id(1), Ada).LabelTakenBack);
        Assert.Empty(Labels.Current(Taiko.SaeHash));
        Assert.Equal(ItemState.Open, Annotations.Item(queue.Id, 1337).State);
    }

    [Fact]
    public void A_third_person_decides_where_two_disagree()
    {
        var queue = Queues.Add(Queue(1337, 7) with { Overlap = 2 }, Ada);
        Annotations.Put(Id(1), Says(queue, 1337, AnnotationVerdict.Accept, "taiko"), Ada);
        var decision = Says(queue, 1337, AnnotationVerdict.Edit, "low drum") with { Kind = AnnotationKind.Adjudication };
        Assert.Equal(AnnotationConflict.NotWaiting, Assert.Throws<AnnotationConflictException>(() => Annotations.Put(Id(9), decision, Cleo)).Reason);
        Annotations.Put(Id(2), Says(queue, 1337, AnnotationVerdict.Uninterpretable), Bob);
        Assert.Equal((0, 1), (Annotations.Progress(queue.Id)!.Done, Annotations.Progress(queue.Id)!.Waiting));
        Assert.Equal(["Ada", "Bob"], Assert.Single(Annotations.Waiting(queue.Id)).Annotations.Select(each => each.Author));
        Assert.Equal(AnnotationConflict.OwnItem, Assert.Throws<AnnotationConflictException>(() => Annotations.Put(Id(9), decision, Bob)).Reason);
        Annotations.Put(Id(9), decision, Cleo);
        var progress = Annotations.Progress(queue.Id)!;
        Assert.Equal((1, 0, 1, "low drum"), (progress.Done, progress.Waiting, progress.Adjudicated, Labels.Current(Taiko.SaeHash)[1337].Text));
        Assert.Equal(1, progress.People.Single(person => person.Name == "Cleo").Decided);
        Assert.Equal(AnnotationConflict.NotWaiting, Assert.Throws<AnnotationConflictException>(() => Annotations.Put(Id(10), decision, new Actor("dan", "Dan"))).Reason);
        store.Restart();
        Assert.Equal("Cleo", Annotations.Item(queue.Id, 1337).Adjudication!.Author);
        // One of those who disagreed withdraws: the decision and its label stay.
        Assert.Null(Annotations.Withdraw(Id(2), Bob).LabelTakenBack);
        Assert.Equal("low drum", Labels.Current(Taiko.SaeHash)[1337].Text);
        Assert.True(Annotations.Withdraw(Id(9), Cleo).LabelTakenBack);
        Assert.Equal((0, 1), (Annotations.Progress(queue.Id)!.Waiting, Annotations.Progress(queue.Id)!.Begun));
        Annotations.Put(Id(12), Says(queue, 1337, AnnotationVerdict.Split), Bob);
        Assert.Equal(1, Annotations.Progress(queue.Id)!.Waiting);
        // What disagreed stays a disagreement for the agreement of the queue, decided or not.
        Annotations.Put(Id(13), decision, Cleo);
        Assert.Equal(1, Annotations.Agreement(queue.Id)!.Disagreed);
    }

    [Fact]
    public void A_draft_goes_when_its_item_is_sent()
    {
        var queue = Queues.Add(Queue(7, 8), Ada);
        var drafts = new DraftRepository(store.Db);
        drafts.Set(AnnotationRepository.DraftKey(queue.Id, 8), "{}", Ada);
        Assert.Equal([8, 7], Annotations.Next(queue.Id, Ada, NoLeases, [], 2).Features);
        Assert.Equal([7, 8], Annotations.Next(queue.Id, Bob, NoLeases, [], 2).Features);
        Annotations.Put(Id(1), Says(queue, 8, AnnotationVerdict.Unsure), Ada);
        Assert.Null(drafts.Get(AnnotationRepository.DraftKey(queue.Id, 8), Ada));
        Assert.Equal([7], Annotations.Next(queue.Id, Ada, NoLeases, [], 2).Features);
    }

    [Theory]
    [InlineData("seconds", "seconds is -1")]
    [InlineData("specificity", "specificity is 6")]
    [InlineData("label", "label is empty")]
    [InlineData("twice", "two votes on clip 3")]
    [InlineData("item", "Feature 99 is not an item")]
    [InlineData("practice", "is not a practice item")]
    [InlineData("tag", "turns the direction")]
    [InlineData("id", "is a UUID")]
    public void What_makes_no_sense_is_refused_by_name(string what, string why)
    {
        var queue = Queues.Add(Queue(7), Ada);
        var good = Says(queue, 7, AnnotationVerdict.Reject);
        var (id, bad) = what switch
        {
            "seconds" => (Id(1), good with { Seconds = -1 }),
            "specificity" => (Id(1), good with { Specificity = 6 }),
            "label" => (Id(1), good with { Verdict = AnnotationVerdict.Accept }),
            "twice" => (Id(1), good with { Clips = [new ClipVote(3, ClipJudgement.Fits), new ClipVote(3, ClipJudgement.Unsure)] }),
            "item" => (Id(1), good with { Feature = 99 }),
            "practice" => (Id(1), good with { Kind = AnnotationKind.Practice }),
            "tag" => (Id(1), good with { Tags = ["drum\u202Elap"] }),
            _ => ("one", good),
        };
        Assert.Contains(why, Assert.Throws<UserException>(() => Annotations.Put(id, bad, Ada)).Message, StringComparison.Ordinal);
        Assert.Empty(Annotations.OfQueue(queue.Id));
    }

    [Fact]
    public async Task Many_who_send_at_once_fill_an_item_as_far_as_the_queue_asks_and_no_further()
    {
        var queue = Queues.Add(Queue([.. Enumerable.Range(0, 20)]) with { Overlap = 3 }, Ada);
        var refused = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(person => Task.Run(() =>
        {
            for (var feature = 0; feature < 20; feature++)
            {
                try
                {
                    Annotations.Put(Id(person * 100 + feature), Says(queue, feature, AnnotationVerdict.Reject), new Actor($"p{person}", $"P{person}"));
                }
                catch (AnnotationConflictException)
                {
                    Interlocked.Increment(ref refused);
                }
            }
        })));
        Assert.Equal((60, 100), (Annotations.OfQueue(queue.Id).Count, refused));
        Assert.Equal(20, Annotations.Progress(queue.Id)!.Done);
        Assert.Equal(store.Everything(), store.InJournal());
    }

    private static IReadOnlyDictionary<int, int> NoLeases { get; } = new Dictionary<int, int>();
}

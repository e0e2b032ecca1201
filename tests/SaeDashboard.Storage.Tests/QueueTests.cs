using System.Diagnostics;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Labels;
using static SaeDashboard.Storage.Tests.QueueSamples;
using static SaeDashboard.Storage.Tests.TemporaryStore;

namespace SaeDashboard.Storage.Tests;

/// <summary>Queues: what they are, who gets which item next, how well people agree, and the way to another machine and back.</summary>
public sealed class QueueTests : IDisposable
{
    private readonly TemporaryStore store = new();

    private AnnotationRepository Annotations => new(store.Db);

    private QueueRepository Queues => new(store.Db);

    public void Dispose() => store.Dispose();

    [Fact]
    public void A_queue_keeps_its_order_and_is_changed_and_archived_by_its_author()
    {
        var made = Queues.Add(Queue(9, 3, 9, 5) with { Gold = [new ReferenceItem(5, AnnotationVerdict.Reject, [])] }, Ada);
        Assert.Equal([9, 3], made.Content.Features);
        var changed = Queues.Change(made.Id, content => content with { Name = "Low drums", Overlap = 2, Gold = [] }, 1, Ada);
        Assert.Equal((2, "Low drums", 2), (changed.Version, changed.Content.Name, changed.Content.Overlap));
        Assert.Equal([9, 3, 5], changed.Content.Features);
        Assert.Equal(2, Queues.Change(made.Id, content => content, 2, Ada).Version);
        Assert.Equal(2, Assert.Throws<QueueConflictException>(() => Queues.Change(made.Id, content => content with { Overlap = 3 }, 1, Ada)).Current.Version);
        Assert.Contains("Ada made the queue", Assert.Throws<UserException>(() => Queues.Change(made.Id, content => content with { Overlap = 3 }, null, Bob)).Message, StringComparison.Ordinal);
        Queues.Archive(made.Id, Ada);
        Assert.Contains("is archived", Assert.Throws<UserException>(() => Annotations.Put(Id(1), Says(made, 9, AnnotationVerdict.Reject), Bob)).Message, StringComparison.Ordinal);
        store.Restart();
        Assert.NotNull(Queues.Find(made.Id)!.ArchivedUtc);
        Queues.Restore(made.Id, Ada);
        Annotations.Put(Id(1), Says(made, 9, AnnotationVerdict.Reject), Bob);
        Assert.Equal("Low drums", Assert.Single(Queues.List()).Content.Name);
    }

    [Fact]
    public void Sizes_are_bounded()
    {
        Refused(Queue(), "has no features");
        Refused(Queue([.. Enumerable.Range(0, 32_769)]), "32,768 is the most");
        Refused(Queue(1) with { Overlap = 6 }, "overlap is 6");
        Refused(Queue(1) with { Name = " " }, "name is empty");
        Refused(Queue(1) with { DatasetHash = "x" }, "dataset should be a SHA-256");
        Refused(Queue(1) with { Practice = [.. Enumerable.Range(2, 4).Select(feature => new ReferenceItem(feature, AnnotationVerdict.Reject, []))] }, "4 practice items; 3 is the most");
        Refused(Queue(1, 2) with { Gold = [new ReferenceItem(2, AnnotationVerdict.Reject, [])], Practice = [new ReferenceItem(2, AnnotationVerdict.Reject, [])] }, "Feature 2 is a gold or practice item twice");
        void Refused(QueueContent content, string why) => Assert.Contains(why, Assert.Throws<UserException>(() => Queues.Add(content, Ada)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Practice_comes_first_then_what_others_began_then_the_rest_and_what_others_hold_is_left_out()
    {
        var queue = Queues.Add(Queue(1, 2, 3, 4) with { Overlap = 2, Practice = [new ReferenceItem(50, AnnotationVerdict.Reject, [])] }, Ada);
        var first = Annotations.Next(queue.Id, Bob, new Dictionary<int, int>(), [], 3);
        Assert.True(first.Practice);
        Assert.Equal([50], first.Features);
        Annotations.Put(Id(1), Says(queue, 50, AnnotationVerdict.Reject) with { Kind = AnnotationKind.Practice }, Bob);
        Annotations.Put(Id(2), Says(queue, 50, AnnotationVerdict.Accept, "x") with { Kind = AnnotationKind.Practice }, Ada);
        Annotations.Put(Id(3), Says(queue, 3, AnnotationVerdict.Reject), Ada);
        Assert.Equal([3, 1, 2], Annotations.Next(queue.Id, Bob, new Dictionary<int, int>(), [], 3).Features);
        Assert.Equal([1, 2, 4], Annotations.Next(queue.Id, Ada, new Dictionary<int, int>(), [], 3).Features);
        // Item 3 has one vote and one who is at work on it; item 1 has two who are at work on it.
        var next = Annotations.Next(queue.Id, Bob, new Dictionary<int, int> { [3] = 1, [1] = 2, [2] = 1 }, [], 9);
        Assert.Equal([2, 4], next.Features);
        Assert.Equal(2, next.Leased);
        // What the person holds comes first, and is theirs although all places of it are taken with them.
        Assert.Equal([4, 2], Annotations.Next(queue.Id, Bob, new Dictionary<int, int> { [3] = 1, [1] = 2 }, [4], 2).Features);
        // Practice counts nowhere.
        Assert.Equal((4, 0, 1), (Annotations.Progress(queue.Id)!.Total, Annotations.Progress(queue.Id)!.Done, Annotations.Progress(queue.Id)!.Begun));
    }

    [Fact]
    public void Gold_items_come_to_everybody_hidden_among_the_others_at_places_that_are_a_person_s_own_and_stay()
    {
        int[] gold = [100, 101, 102, 103];
        var queue = Queues.Add(Queue([.. Enumerable.Range(0, 72)]) with { Gold = [.. gold.Select(feature => new ReferenceItem(feature, AnnotationVerdict.Reject, [new ClipVote(1, ClipJudgement.Fits)]))] }, Ada);
        var (bob, cleo) = (Walk(Bob, 1000), Walk(Cleo, 2000));
        Assert.Equal(gold, bob.Where(gold.Contains).Order());
        Assert.Equal(gold, cleo.Where(gold.Contains).Order());
        Assert.NotEqual([.. bob.Select((feature, place) => (feature, place)).Where(each => each.feature >= 100)], cleo.Select((feature, place) => (feature, place)).Where(each => each.feature >= 100).ToArray());
        Assert.InRange(bob.ToList().FindIndex(feature => feature >= 100), 0, 9);
        // Bob's verdicts were right, Cleo's not; her votes on clips were.
        var scores = Annotations.Agreement(queue.Id)!.Gold;
        Assert.Equal([new GoldScore("bob", 4, 4, 0, 0), new GoldScore("cleo", 4, 0, 4, 4)], scores);
        // A gold item writes no label, is never disputed.
        Assert.DoesNotContain(new LabelRepository(store.Db).Current(Taiko.SaeHash).Keys, feature => feature >= 100);
        Assert.Equal((76, 0), (Annotations.Progress(queue.Id)!.Total, Annotations.Progress(queue.Id)!.Waiting));
        Assert.Equal(0, Annotations.Agreement(queue.Id)!.Disagreed);

        // With one person for each item they share the 72; four gold items are due within forty.
        int[] Walk(Actor actor, int ids)
        {
            var order = new List<int>();
            while (order.Count < 40)
            {
                var feature = Annotations.Next(queue.Id, actor, new Dictionary<int, int>(), [], 1).Features[0];
                order.Add(feature);
                Annotations.Put(Id(ids + feature), actor == Bob ? Says(queue, feature, AnnotationVerdict.Reject)
                    : Says(queue, feature, AnnotationVerdict.Accept, "drum") with { Clips = [new ClipVote(1, ClipJudgement.Fits)] }, actor);
            }
            return [.. order];
        }
    }

    [Fact]
    public void Agreement_is_the_alpha_that_was_computed_by_hand_and_pace_is_of_the_last_fifty()
    {
        var queue = Queues.Add(Queue(1, 2, 3, 4) with { Overlap = 2 }, Ada);
        AnnotationVerdict[] ada = [AnnotationVerdict.Reject, AnnotationVerdict.Reject, AnnotationVerdict.Split, AnnotationVerdict.Split];
        AnnotationVerdict[] bob = [AnnotationVerdict.Reject, AnnotationVerdict.Split, AnnotationVerdict.Split, AnnotationVerdict.Split];
        for (var item = 0; item < 4; item++)
        {
            Annotations.Put(Id(item), Says(queue, item + 1, ada[item]) with { Seconds = 10, Clips = [new ClipVote(5, ClipJudgement.Fits)], Specificity = item + 1 }, Ada);
            Annotations.Put(Id(10 + item), Says(queue, item + 1, bob[item]) with { Seconds = 30, Clips = [new ClipVote(5, item < 2 ? ClipJudgement.Fits : ClipJudgement.DoesNotFit)], Specificity = item + 1 }, Bob);
        }
        var agreement = Annotations.Agreement(queue.Id)!;
        // Eight values, three of reject and five of split; two of the eight ordered pairs differ: 1 − 7 · 2 / (2 · 3 · 5) = 8 / 15.
        Assert.Equal(8 / 15.0, agreement.Verdicts.Alpha!.Value, 12);
        Assert.Equal((4, 8, 0.75, 1), (agreement.Verdicts.Units, agreement.Verdicts.Values, agreement.Verdicts.Agreement, agreement.Disagreed));
        // Six of fits and two of does not fit; four ordered pairs differ: 1 − 7 · 4 / (2 · 6 · 2) = −1 / 6.
        Assert.Equal(-1 / 6.0, agreement.Clips.Alpha!.Value, 12);
        Assert.Equal(1, agreement.Specificity.Alpha!.Value, 12);
        Assert.Equal([360.0, 120.0], Annotations.Progress(queue.Id)!.People.Select(person => person.ItemsPerHour!.Value));
        // No one named a label: there is nothing to agree on.
        Assert.Equal(RaterAgreement.None, agreement.Labels);
        Annotations.Withdraw(Id(13), Bob);
        Assert.Equal(3, Annotations.Agreement(queue.Id)!.Verdicts.Units);
    }

    [Fact]
    public void Two_who_edit_to_different_labels_agree_on_the_verdict_and_not_on_the_label()
    {
        var queue = Queues.Add(Queue(1, 2, 3, 4, 5) with { Overlap = 2 }, Ada);
        string[] ada = ["Hi-hat", "taiko drum", "rim shot", "taiko drum"], bob = ["hi  hat", "Taiko drum", "low tom", "rim shot"];
        for (var item = 0; item < 4; item++)
        {
            Annotations.Put(Id(item), Says(queue, item + 1, AnnotationVerdict.Edit, ada[item]), Ada);
            Annotations.Put(Id(10 + item), Says(queue, item + 1, AnnotationVerdict.Edit, bob[item]), Bob);
        }
        // One names no label: the item is no pair of labels, and the verdicts differ.
        Annotations.Put(Id(4), Says(queue, 5, AnnotationVerdict.Edit, "low tom"), Ada);
        Annotations.Put(Id(14), Says(queue, 5, AnnotationVerdict.Reject), Bob);
        var agreement = Annotations.Agreement(queue.Id)!;
        // Verdicts: nine edits and one reject, two of ten ordered pairs differ: 1 − 9 · 2 / (2 · 9 · 1) = 0.
        Assert.Equal((0.0, 5, 10), (agreement.Verdicts.Alpha!.Value, agreement.Verdicts.Units, agreement.Verdicts.Values));
        // Labels: hi hat 2, taiko drum 3, rim shot 2, low tom 1; four of eight ordered pairs differ, of 2 (2·3 + 2·2 + 2·1 + 3·2 + 3·1 + 2·1) = 46 expected: 1 − 7 · 4 / 46 = 9 / 23.
        Assert.Equal(9 / 23.0, agreement.Labels.Alpha!.Value, 12);
        Assert.Equal((4, 8, 0.5, 3), (agreement.Labels.Units, agreement.Labels.Values, agreement.Labels.Agreement, agreement.Disagreed));
        // The same rule settles items: the first two have a label, the others wait.
        var labels = new LabelRepository(store.Db).Current(Taiko.SaeHash);
        Assert.Equal(("hi  hat", "Taiko drum", 2), (labels[1].Text, labels[2].Text, labels.Count));
        Assert.Equal([3, 4, 5], Annotations.Waiting(queue.Id).Select(item => item.Feature));
    }

    [Theory]
    [InlineData("Hi-hat,  open", "hi hat open")]
    [InlineData("  TAIKO\u00a0drums! ", "taiko drums")]
    [InlineData("F# minor", "f# minor")]
    [InlineData("CAFÉ noise", "café noise")]
    [InlineData("…", "")]
    public void Labels_are_compared_by_their_words(string label, string words) => Assert.Equal(words, LabelText.Normalised(label));

    [Fact]
    public void Queues_and_annotations_are_the_same_in_an_empty_folder_after_an_import_and_a_second_one_changes_nothing()
    {
        var queue = Queues.Add(Queue(1337, 7, 8) with { Overlap = 2, Gold = [new ReferenceItem(5, AnnotationVerdict.Reject, [new ClipVote(1, ClipJudgement.Unsure)])], Practice = [new ReferenceItem(6, AnnotationVerdict.Split, [], "why")] }, Ada);
        new LabelRepository(store.Db).Add(Taiko, "drum", null, Bob);
        var seen = new LabelRepository(store.Db).History(Taiko)[0].Id;
        Annotations.Put(Id(1), Says(queue, 1337, AnnotationVerdict.Accept, "taiko") with { SeenRevision = seen, Tags = ["low"], Specificity = 3, Clips = [new ClipVote(3, ClipJudgement.Fits)] }, Ada);
        Thread.Sleep(2);
        Annotations.Put(Id(2), Says(queue, 1337, AnnotationVerdict.Accept, "taiko") with { SeenRevision = seen }, Bob);
        Annotations.Put(Id(3), Says(queue, 7, AnnotationVerdict.Reject) with { Shown = "kick" }, Ada);
        Annotations.Put(Id(4), Says(queue, 7, AnnotationVerdict.Split), Bob);
        Annotations.Put(Id(5), Says(queue, 7, AnnotationVerdict.Uninterpretable) with { Kind = AnnotationKind.Adjudication }, Cleo);
        Annotations.Put(Id(6), Says(queue, 8, AnnotationVerdict.Unsure), Ada);
        Annotations.Withdraw(Id(6), Ada);
        Queues.Archive(queue.Id, Ada);

        using var to = new TemporaryStore();
        var there = new AnnotationRepository(to.Db);
        var result = new DataImport(to.Db).Read(Export(store), "file", Bob);
        Assert.Equal((1, 6, 0), (result.Queues, result.Annotations, result.Known));
        Assert.Equal(Lines(store), Lines(to));
        Assert.Equal("kick", there.Find(Id(3))!.Content.Shown);
        Assert.Equal(Plain(Annotations.Progress(queue.Id)!), Plain(there.Progress(queue.Id)!));
        Assert.Equal(Annotations.Agreement(queue.Id)!.Verdicts, there.Agreement(queue.Id)!.Verdicts);
        var (everything, bytes) = (to.Everything(), new FileInfo(to.Journal).Length);
        Assert.Equal((0, 0), (new DataImport(to.Db).Read(Export(store), "again", Bob).Annotations, new DataImport(to.Db).Read(Export(store), "again", Bob).Queues));
        Assert.Equal((everything, bytes), (to.Everything(), new FileInfo(to.Journal).Length));

        // What is withdrawn there is withdrawn here when it comes back, and its label is what it was. A queue of a person of another folder is everybody's.
        new QueueRepository(to.Db).Restore(queue.Id, Bob);
        Assert.True(there.Withdraw(Id(2), new Actor($"bob@{store.Db.Site}", "Bob")).LabelTakenBack);
        Assert.Equal("drum", new LabelRepository(to.Db).Current(Taiko.SaeHash)[1337].Text);
        result = new DataImport(store.Db).Read(Export(to), "back", Ada);
        Assert.Equal((1, 1), (result.Queues, result.Annotations));
        Assert.NotNull(Annotations.Find(Id(2))!.WithdrawnUtc);
        Assert.Equal(Lines(to), Lines(store));
    }

    [Theory]
    [InlineData("""{"kind":"annotation","id":"00000000-0000-4000-8000-000000000001","queue":"queue-20261123-101502-abcd","feature":1,"role":"annotation","verdict":"reject","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","seconds":1}""", "neither here nor in the file")]
    [InlineData("""{"kind":"annotation","id":"one","queue":"queue-20261123-101502-abcd","feature":1,"role":"annotation","verdict":"reject","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","seconds":1}""", "id is not a UUID")]
    [InlineData("""{"kind":"annotation","id":"00000000-0000-4000-8000-000000000001","queue":"queue-20261123-101502-abcd","feature":1,"role":"annotation","verdict":"perhaps","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","seconds":1}""", "verdict")]
    [InlineData("""{"kind":"queue","id":"queue-20261123-101502-abcd","name":"x","sae":"HASH","dataset":"HASH","features":[],"mode":"blindFirst","overlap":1,"by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","changed":"2026-11-23T10:15:02.123Z","version":1}""", "has no features")]
    [InlineData("""{"kind":"queue","id":"queue-20261123-101502-abcd","name":"x","sae":"HASH","dataset":"HASH","features":[1],"mode":"blindFirst","overlap":1,"by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","changed":"2026-11-23T10:15:02.123Z","version":1,"gold":[null]}""", "whole items")]
    public void A_wrong_line_of_a_file_is_named(string line, string why)
    {
        var file = ExchangeTests.File(line.Replace("HASH", new string('a', 64), StringComparison.Ordinal));
        Assert.Contains(why, Assert.Throws<UserException>(() => new DataImport(store.Db).Read(file, "file", Ada)).Message, StringComparison.Ordinal);
        Assert.Empty(Queues.List());
    }

    [Fact]
    public void A_queue_of_32768_features_is_made_read_and_worked_on_at_once()
    {
        var clock = Stopwatch.StartNew();
        var queue = Queues.Add(Queue([.. Enumerable.Range(0, 32_768)]) with { Overlap = 2 }, Ada);
        var made = clock.Elapsed;
        clock.Restart();
        for (var each = 0; each < 20; each++)
        {
            var feature = Annotations.Next(queue.Id, Ada, new Dictionary<int, int>(), [], 3).Features[0];
            Annotations.Put(Id(each), Says(queue, feature, AnnotationVerdict.Reject), Ada);
            Assert.Equal(32_768, Annotations.Progress(queue.Id)!.Total);
        }
        var item = clock.Elapsed / 20;
        TestContext.Current.TestOutputHelper!.WriteLine($"made in {made.TotalMilliseconds:F0} ms; next, put and progress {item.TotalMilliseconds:F1} ms an item");
        Assert.True(made.TotalSeconds < 5 && item.TotalMilliseconds < 500, $"{made} {item}");
    }

    private static IEnumerable<(int, int, int, int, int, string)> Plain(QueueProgress progress) =>
        progress.People.Select(person => (progress.Total, progress.Done, progress.Waiting, person.Done, person.Decided, person.Name));

    private static byte[] Export(TemporaryStore from)
    {
        using var stream = new MemoryStream();
        new DataExport(from.Db).Write(stream, DateTimeOffset.UtcNow);
        return stream.ToArray();
    }

    /// <summary>Everything but the first line, which names the folder.</summary>
    private static string[] Lines(TemporaryStore from) => [.. Encoding.UTF8.GetString(Export(from)).Split('\n').Skip(1)];
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Annotation;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Tests.Api;

namespace SaeDashboard.Web.Tests.Annotation;

/// <summary>What people did in one data folder is the same in another, empty one, by each of the forms that go out.</summary>
public sealed class RoundTripTests : IDisposable
{
    private static readonly string Sae = new('a', 64), Dataset = new('d', 64);
    private static readonly Actor Ada = new("ada", "Ada"), Bob = new("bob", "Bob"), Cleo = new("cleo", "Cleo");
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 10, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder folder = new(), other = new();
    private readonly Database from, to;
    private readonly QueueRow queue;

    public RoundTripTests()
    {
        from = Database.Open(folder.Path);
        to = Database.Open(other.Path);
        var annotations = new AnnotationRepository(from);
        queue = new QueueRepository(from).Add(new QueueContent("Drums", Sae, Dataset, [1, 2, 3], QueueMode.BlindFirst, "Hear first.", 2, [new ReferenceItem(5, AnnotationVerdict.Reject, [new ClipVote(1, ClipJudgement.Unsure)])], [new ReferenceItem(6, AnnotationVerdict.Split, [], "why")]), Ada);
        new LabelRepository(from).Add(new FeatureKey(Sae, 1), "drum", "low ones", Bob);
        var seen = new LabelRepository(from).History(new FeatureKey(Sae, 1))[0].Id;
        // A settled label, one that waits, one that was decided, a withdrawn one, gold and practice; texts that a table has to guard.
        Put(1, 1, AnnotationVerdict.Edit, Ada, "=hi-hat, \"open\"", said => said with { SeenRevision = seen, Shown = "+drum", Tags = ["low", "wood"], Specificity = 4, Note = "two\nlines; \"quoted\", with, commas", Seconds = 12.5, Clips = [new ClipVote(3, ClipJudgement.Fits), new ClipVote(9, ClipJudgement.DoesNotFit)] });
        Put(2, 1, AnnotationVerdict.Accept, Bob, "=Hi hat \"open\"", said => said with { SeenRevision = seen, Clips = [new ClipVote(3, ClipJudgement.Unsure), new ClipVote(9, ClipJudgement.DoesNotFit)] });
        Put(3, 2, AnnotationVerdict.Edit, Ada, "rim shot");
        Put(4, 2, AnnotationVerdict.Edit, Bob, "low tom");
        Put(5, 3, AnnotationVerdict.Reject, Ada);
        Put(6, 3, AnnotationVerdict.Split, Bob);
        Put(7, 3, AnnotationVerdict.Edit, Cleo, "taiko", said => said with { Kind = AnnotationKind.Adjudication });
        Put(8, 5, AnnotationVerdict.Reject, Bob, null, said => said with { Clips = [new ClipVote(1, ClipJudgement.Unsure)] });
        Put(9, 6, AnnotationVerdict.Split, Bob, null, said => said with { Kind = AnnotationKind.Practice });
        annotations.Put(Id(10), Says(5, AnnotationVerdict.Unsure, null), Ada);
        annotations.Withdraw(Id(10), Ada);

        void Put(int id, int feature, AnnotationVerdict verdict, Actor actor, string? label = null, Func<AnnotationContent, AnnotationContent>? with = null) =>
            annotations.Put(Id(id), with is null ? Says(feature, verdict, label) : with(Says(feature, verdict, label)), actor);
    }

    [Fact]
    public void The_exported_file_carries_everything()
    {
        new DataImport(to).Read(Export(from), "file", Bob);
        Assert.Equal(Written(from, "label", "queue", "annotation"), Written(to, "label", "queue", "annotation"));
        AssertTheSame();
    }

    [Theory]
    [InlineData("jsonl")]
    [InlineData("csv")]
    [InlineData("json")]
    public async Task Votes_verdicts_progress_and_agreement_come_by_any_of_the_other_forms(string form)
    {
        // These have no labels, lists and queues: those come by the exported file.
        new DataImport(to).Read(Encoding.UTF8.GetBytes(string.Join('\n', [Header(from), .. Written(from, "label", "queue")])), "file", Bob);
        Assert.Empty(new AnnotationRepository(to).OfQueue(queue.Id));
        var file = await FileAsync(form);
        Assert.Equal(form switch { "jsonl" => ImportFormat.VotesJsonLines, "csv" => ImportFormat.VotesCsv, _ => ImportFormat.LabelStudio }, ImportFormats.Of(file));
        var lines = Lines(file);
        var result = new DataImport(to).Read(lines, "file", Bob);
        Assert.Equal((10, 0), (result.Annotations, result.Known));
        // Which revision of the label a person saw, and which one their vote wrote, Label Studio's file has and the votes have not.
        string[] Comparable(Database of) => [.. Written(of, "annotation").Select(line => form == "json" ? line : Without(line, "seen", "sawNone", "wrote"))];
        Assert.Equal(Comparable(from), Comparable(to));
        AssertTheSame();
        result = new DataImport(to).Read(Lines(file), "again", Bob);
        Assert.Equal((0, 10), (result.Annotations, result.Known));
        // And back, where everything is known.
        Assert.Equal(0, new DataImport(from).Read(Lines(file), "back", Bob).Annotations);
    }

    [Theory]
    [InlineData("feature,verdict\n1,reject\n2,perhaps\n9,reject\nx,reject\n", "Line 3, column 2 (verdict): “perhaps” is not one of accept,", "Line 4, column 1 (feature): 9 is not an item of the queue", "Line 5, column 1 (feature): “x” is not a feature's number")]
    [InlineData("feature;verdict;label;note\n1;edit;\"a; \"\"b\"\"\";\"two\nlines\"\n2;accept;;\n", "Line 4, column 3 (label): it is empty, and the verdict accept needs one")]
    [InlineData("feature,verdict\n1,reject,3\n", "Line 2: it has 3 cells; line 1 has 2")]
    [InlineData("feature,verdict,label\n1,edit,\"open\n2,reject,\n", "Line 2: its quotation marks do not match")]
    [InlineData("feature,verdct\n1,reject\n", "Line 1: there is no column “verdict”", "Line 1, column 2: “verdct” is not a column of votes")]
    [InlineData("feature,verdict,clip,vote\n1,reject,3,maybe\n1,reject,,fits\n", "Line 2, column 4 (vote): “maybe” is not one of fits,", "Line 3, column 3 (clip): it is empty, and vote is not")]
    [InlineData("feature,verdict,specificity,at\n1,reject,7,yesterday\n", "Line 2, column 4 (at): “yesterday” is not a time")]
    [InlineData("annotation,feature,verdict,clip,vote\n00000000-0000-4000-8000-0000000000aa,1,reject,3,fits\n00000000-0000-4000-8000-0000000000aa,1,split,4,fits\n", "Line 3, column 3 (verdict): it differs from line 2 of the same annotation")]
    [InlineData("queue,feature,verdict\nqueue-20260101-000000-aaaa,1,reject\n", "Line 2, column 1 (queue): it is of the queue queue-20260101-000000-aaaa, and this import is for")]
    [InlineData("{\"feature\":1,\"verdict\":\"reject\"}\n{\"feature\":2,\"verdict\":\"perhaps\"}\n{\"feature\":3,\n", "(at $.verdict)", "Line 3, column ")]
    [InlineData("{\"feature\":1,\"verdict\":\"edit\",\"clips\":[{\"row\":3}]}\n{\"feature\":2,\"verdict\":\"edit\"}\n", "Line 1, clips: each has row and vote", "Line 2, label: it is empty")]
    public void What_is_wrong_is_named_by_line_and_column_and_nothing_of_the_file_is_taken(string text, params string[] why)
    {
        var message = Assert.Throws<UserException>(() => Lines(Encoding.UTF8.GetBytes(text))).Message;
        foreach (var each in why) Assert.Contains(each, message, StringComparison.Ordinal);
        Assert.Contains("nothing was imported", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"feature\":1,\"verdict\":\"reject\"}\n")]
    [InlineData("feature,verdict\n1,reject\n")]
    public void A_file_in_another_encoding_is_one_fault(string text)
    {
        Assert.Contains("is not text in UTF-8", Assert.Throws<UserException>(() => Read(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(text)).ToArray())).Message, StringComparison.Ordinal);

        void Read(byte[] bytes)
        {
            var lines = new VoteLines(_ => queue, queue, Bob, Now);
            if (text[0] == '{') VoteImport.ReadJsonLines(bytes, "votes.jsonl", lines);
            else VoteImport.ReadCsv(bytes, "votes.csv", lines);
        }
    }

    [Fact]
    public void A_table_of_a_spreadsheet_needs_features_and_verdicts_alone()
    {
        new DataImport(to).Read(Encoding.UTF8.GetBytes(string.Join('\n', [Header(from), .. Written(from, "queue")])), "file", Bob);
        var table = "\uFEFFfeature;verdict;label;name;clip;vote;tags\r\n#1;Edit;Snare;Grace;3.0;fits;dry; \r\n".Replace("dry; ", "\"dry; short\"", StringComparison.Ordinal) + "#1;Edit;Snare;Grace;4;unsure;\"dry; short\"\r\n2;reject;;;;;\r\n";
        Assert.Equal(2, new DataImport(to).Read(Lines(Encoding.UTF8.GetBytes(table)), "file", Cleo).Annotations);
        // Without ids and times it is known by what it says.
        Assert.Equal(0, new DataImport(to).Read(Lines(Encoding.UTF8.GetBytes(table), Now.AddDays(1)), "file", Cleo).Annotations);
        var said = new AnnotationRepository(to).OfQueue(queue.Id).ToDictionary(row => row.Content.Feature);
        Assert.Equal(("Grace", "Snare", AnnotationVerdict.Edit), (said[1].Author, said[1].Content.Label, said[1].Content.Verdict));
        Assert.Equal([new ClipVote(3, ClipJudgement.Fits), new ClipVote(4, ClipJudgement.Unsure)], said[1].Content.Clips);
        Assert.Equal(["dry", "short"], said[1].Content.Tags);
        Assert.Equal(("Cleo", Now), (said[2].Author, said[2].CreatedUtc));
    }

    public void Dispose()
    {
        from.Dispose();
        to.Dispose();
        folder.Dispose();
        other.Dispose();
    }

    private void AssertTheSame()
    {
        var (here, there) = (new AnnotationRepository(from), new AnnotationRepository(to));
        Assert.Equal(Labels(from), Labels(to));
        Assert.Equal(JsonSerializer.Serialize(Anywhere(here.Progress(queue.Id)!)), JsonSerializer.Serialize(Anywhere(there.Progress(queue.Id)!)));
        var (agreement, known) = (here.Agreement(queue.Id)!, there.Agreement(queue.Id)!);
        Assert.Equal((agreement.Verdicts, agreement.Labels, agreement.Clips, agreement.Specificity, agreement.Disagreed), (known.Verdicts, known.Labels, known.Clips, known.Specificity, known.Disagreed));
        Assert.Equal(agreement.Gold.Select(score => score with { UserId = new DataExport(from).OutsideId(score.UserId) }), known.Gold);
        Assert.Equal(here.Waiting(queue.Id).Select(item => item.Feature), there.Waiting(queue.Id).Select(item => item.Feature));
        Assert.Equal([2], there.Waiting(queue.Id).Select(item => item.Feature));

        // Ids of people differ: here they are of another folder.
        static QueueProgress Anywhere(QueueProgress progress) => progress with { People = [.. progress.People.Select(person => person with { UserId = "" })] };
    }

    private byte[] Lines(byte[] file, DateTimeOffset? now = null)
    {
        if (ImportFormats.Of(file) == ImportFormat.LabelStudio) return LabelStudio.Import(file, id => id == queue.Id ? queue : null, Bob, Now);
        var lines = new VoteLines(id => id == queue.Id ? queue : null, queue, Cleo, now ?? Now);
        if (ImportFormats.Of(file) == ImportFormat.VotesJsonLines) VoteImport.ReadJsonLines(file, "votes", lines);
        else VoteImport.ReadCsv(file, "votes", lines);
        return lines.ToBytes();
    }

    private async Task<byte[]> FileAsync(string form)
    {
        if (form == "json") return JsonSerializer.SerializeToUtf8Bytes(LabelStudio.Export(Export(from), queue, _ => ([], null)), JsonDefaults.Data);
        var rows = VoteExport.Rows(queue, new AnnotationRepository(from).OfQueue(queue.Id), (_, _) => null, Ada, new DataExport(from));
        using var stream = new MemoryStream();
        if (form == "jsonl")
        {
            await VoteExport.JsonLinesAsync(stream, rows, TestContext.Current.CancellationToken);
            return stream.ToArray();
        }
        await using var writer = new StringWriter();
        await VoteExport.CsvAsync(writer, rows);
        return Encoding.UTF8.GetBytes(writer.ToString());
    }

    private static string Id(int number) => $"00000000-0000-4000-8000-{number:d12}";

    private AnnotationContent Says(int feature, AnnotationVerdict verdict, string? label) => new(queue.Id, feature, AnnotationKind.Annotation, verdict, [], label, null, [], null, 0, 17);

    private static byte[] Export(Database of)
    {
        using var stream = new MemoryStream();
        new DataExport(of).Write(stream, Now);
        return stream.ToArray();
    }

    private static string Header(Database of) => Encoding.UTF8.GetString(Export(of)).Split('\n')[0];

    private static string[] Written(Database of, params string[] kinds) =>
        [.. Encoding.UTF8.GetString(Export(of)).TrimEnd('\n').Split('\n').Skip(1).Where(line => kinds.Contains((string?)JsonNode.Parse(line)!["kind"]))];

    private static string[] Labels(Database of) => [.. new LabelRepository(of).Current(Sae).OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value.Text} by {pair.Value.Author}")];

    private static string Without(string line, params string[] names)
    {
        var json = JsonNode.Parse(line)!.AsObject();
        foreach (var name in names) json.Remove(name);
        return json.ToJsonString();
    }
}

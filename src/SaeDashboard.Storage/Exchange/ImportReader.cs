using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Presets;

namespace SaeDashboard.Storage.Exchange;

/// <summary>Reads an exported file and checks every line. It comes from outside: sizes and values have limits.</summary>
internal sealed class ImportReader(string file)
{
    private const int MaxLine = 2 << 20;
    private const int MaxNamed = 10;

    // A document of LiteDB has at most 16 MiB, and a feature is one document.
    private const int MaxRevisions = 1000;

    private readonly List<string> wrong = [];
    private readonly Dictionary<FeatureKey, int> revisions = [];
    private readonly Dictionary<string, int> talk = new(StringComparer.Ordinal);
    private int wrongLines;

    public List<LabelLine> Labels { get; } = [];

    public List<(PresetLine Line, SteeringPreset Preset)> Presets { get; } = [];

    public List<ListLine> Lists { get; } = [];

    public List<ViewLine> Views { get; } = [];

    public List<CommentLine> Comments { get; } = [];

    public List<QueueLine> Queues { get; } = [];

    public List<AnnotationLine> Annotations { get; } = [];

    public List<MarksLine> Marks { get; } = [];

    public List<PresetCommentLine> PresetComments { get; } = [];

    public List<LinkLine> Links { get; } = [];

    public List<TakeLine> Takes { get; } = [];

    /// <summary>Reads every line.</summary>
    /// <exception cref="UserException">Lines are wrong; the message has their numbers and what is wrong with the first of them.</exception>
    public void Read(ReadOnlyMemory<byte> content)
    {
        if (content.Span.StartsWith("\uFEFF"u8)) content = content[3..];
        for (var number = 1; content.Length > 0; number++)
        {
            var end = content.Span.IndexOf((byte)'\n');
            var line = end < 0 ? content : content[..end];
            content = end < 0 ? default : content[(end + 1)..];
            if (line.Span.IndexOfAnyExcept(" \t\r"u8) < 0) continue;
            try
            {
                if (line.Length > MaxLine) throw new UserException($"{line.Length} bytes; a line has at most {MaxLine}");
                if (number == 1) Header(line);
                else Line(line, number);
            }
            catch (JsonException error)
            {
                Wrong(number, JsonFile.Reason(error, typeof(object)));
            }
            catch (InvalidOperationException)
            {
                // A string that no text can be made of, such as half a surrogate pair.
                Wrong(number, "a string in it is not valid Unicode");
            }
            catch (UserException error)
            {
                Wrong(number, error.Message);
            }
            if (number == 1 && wrongLines > 0) break;
        }
        if (wrongLines > 0)
            throw new UserException(string.Create(CultureInfo.InvariantCulture, $"{file}: nothing was imported, {(wrongLines == 1 ? "a line is" : $"{wrongLines:N0} lines are")} wrong. ") +
                $"{string.Join(" ", wrong)}{(wrongLines > MaxNamed ? " …" : "")}");
        if (Labels.Count + Presets.Count + Lists.Count + Views.Count + Comments.Count + Queues.Count + Annotations.Count + Marks.Count + PresetComments.Count + Links.Count + Takes.Count == 0)
            throw new UserException($"{file} holds no label, comment, list, view, queue, annotation, preset or take.");
    }

    private void Wrong(int number, string why)
    {
        if (wrongLines++ < MaxNamed) wrong.Add(string.Create(CultureInfo.InvariantCulture, $"Line {number:N0}: {why.TrimEnd('.')}."));
    }

    private static void Header(ReadOnlyMemory<byte> line)
    {
        HeaderLine? header;
        try
        {
            header = JsonSerializer.Deserialize<HeaderLine>(line.Span, Tables.StorageJson.Options);
        }
        catch (JsonException)
        {
            header = null;
        }
        if (header is not { Export: > 0 }) throw new UserException("it should be the first line of a file that this program exported, such as {\"export\":1,…}");
        if (header.Export > HeaderLine.Newest) throw new UserException($"the file has format {header.Export}, this program knows up to {HeaderLine.Newest}. Update the program");
    }

    private void Line(ReadOnlyMemory<byte> line, int number)
    {
        using var json = JsonDocument.Parse(line);
        var kind = json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("kind", out var word) && word.ValueKind == JsonValueKind.String ? word.GetString() : null;
        switch (kind)
        {
            case ExchangeJson.Label:
                var label = Parsed<LabelLine>(line);
                Labels.Add(Checked(label));
                break;
            case ExchangeJson.Preset:
                var preset = Parsed<PresetLine>(line);
                Check(preset.By);
                if (!Ids.IsValid("preset", preset.Id)) throw new UserException("id is not a preset's id");
                Presets.Add((preset, PresetFile.Parse(JsonSerializer.SerializeToUtf8Bytes(preset.Preset), "preset")));
                break;
            case ExchangeJson.List:
                Lists.Add(Checked(Parsed<ListLine>(line)));
                break;
            case ExchangeJson.View:
                Views.Add(Checked(Parsed<ViewLine>(line)));
                break;
            case ExchangeJson.Comment:
                Comments.Add(Checked(Parsed<CommentLine>(line)));
                break;
            case ExchangeJson.Queue:
                var queue = Parsed<QueueLine>(line).Checked();
                Check(queue.By);
                Queues.Add(queue);
                break;
            case ExchangeJson.Annotation:
                var annotation = Parsed<AnnotationLine>(line).Checked();
                Check(annotation.By);
                Annotations.Add(annotation);
                break;
            case ExchangeJson.Marks:
                Marks.Add(Parsed<MarksLine>(line).Checked());
                break;
            case ExchangeJson.PresetComment:
                var said = Parsed<PresetCommentLine>(line).Checked();
                if (++CollectionsMarshal.GetValueRefOrAddDefault(talk, said.Preset, out _) > PresetTalkRepository.MostComments)
                    throw new UserException($"the preset has more than {PresetTalkRepository.MostComments} comments");
                PresetComments.Add(said);
                break;
            case ExchangeJson.Link:
                Links.Add(Parsed<LinkLine>(line).Checked());
                break;
            case ExchangeJson.Take:
                Takes.Add(Parsed<TakeLine>(line).Checked());
                break;
            default:
                throw new UserException("kind should be label, comment, list, view, queue, annotation, preset, marks, presetComment, link or take");
        }
    }

    private static T Parsed<T>(ReadOnlyMemory<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line.Span, ExchangeJson.Options)!;
        }
        catch (JsonException error)
        {
            throw new UserException(JsonFile.Reason(error, typeof(T)), error);
        }
    }

    private static void CheckFeature(string sae, int feature)
    {
        if (sae.Length != 64 || !sae.All(char.IsAsciiHexDigitLower)) throw new UserException("sae should be a SHA-256: 64 digits of 0-9 and a-f");
        if (feature is < 0 or > PresetLimits.MaxFeature) throw new UserException($"feature is {feature}; it may be 0 to {PresetLimits.MaxFeature}");
    }

    private static CommentLine Checked(CommentLine comment)
    {
        if (!Ids.IsValid("comment", comment.Id)) throw new UserException("id is not a comment's id");
        CheckFeature(comment.Sae, comment.Feature);
        Check(comment.By);
        comment.Clip?.Check();
        return comment with { Text = CommentRepository.Checked(comment.Text) };
    }

    private LabelLine Checked(LabelLine label)
    {
        CheckFeature(label.Sae, label.Feature);
        if (++CollectionsMarshal.GetValueRefOrAddDefault(revisions, new FeatureKey(label.Sae, label.Feature), out _) > MaxRevisions)
            throw new UserException($"feature {label.Feature} has more than {MaxRevisions} revisions");
        // The rule of what people type: what is refused there does not come in by a file.
        var text = PersonText.Line(label.Text, "text", LabelRepository.LongestText);
        if (label.Note is not null && PersonText.Lines(label.Note, "note", LabelRepository.LongestNote).Length == 0) throw new UserException("note is empty");
        Check(label.By);
        foreach (var rating in label.Ratings ?? [])
        {
            if (rating is null) throw new UserException("a rating is null");
            if (rating.Stars is < 1 or > 5) throw new UserException($"a rating has {rating.Stars} stars; it may have 1 to 5");
            Check(rating.By);
        }
        return label with { Text = text };
    }

    private static ListLine Checked(ListLine list)
    {
        if (!Ids.IsValid("list", list.Id)) throw new UserException("id is not a list's id");
        CheckSae(list.Sae);
        Check(list.By);
        if (list.Features.Count > FeatureListRepository.MaxFeatures) throw new UserException($"the list has {list.Features.Count} features; {FeatureListRepository.MaxFeatures} is the most");
        foreach (var feature in list.Features)
            if (feature is < 0 or > PresetLimits.MaxFeature) throw new UserException($"features has {feature}; it may have 0 to {PresetLimits.MaxFeature}");
        return list with { Name = PersonText.Name(list.Name, "name"), Features = [.. list.Features.Distinct().Order()] };
    }

    private static ViewLine Checked(ViewLine view)
    {
        if (!Ids.IsValid("view", view.Id)) throw new UserException("id is not a view's id");
        if (view.Sae is not null) CheckSae(view.Sae);
        Check(view.By);
        return view with { Name = PersonText.Name(view.Name, "name"), Query = PersonText.Line(view.Query, "query", SavedViewRepository.LongestQuery) };
    }

    private static void CheckSae(string sae)
    {
        if (sae.Length != 64 || !sae.All(char.IsAsciiHexDigitLower)) throw new UserException("sae should be a SHA-256: 64 digits of 0-9 and a-f");
    }

    private static void Check(PersonPart person) => TalkChecks.Person(person);
}

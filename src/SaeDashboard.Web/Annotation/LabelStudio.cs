using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Annotation;

/// <summary>
/// Annotations of a queue as Label Studio's JSON, both ways: a translation of the lines of an exported file (docs/exchange.md), so that what comes in is
/// checked and merged as those are. A task is an item; a clip is <c>clip1</c>, <c>clip2</c> …, its vote <c>vote1</c>, <c>vote2</c> ….
/// </summary>
internal static class LabelStudio
{
    // Our own member of an annotation: what Label Studio has no place for.
    private const string Ours = "saedashboard";

    private const string Verdict = "verdict", Label = "label", Specificity = "specificity", Tags = "tags", Note = "note", Clip = "clip", Vote = "vote", Row = "row";

    // Time stamps of Label Studio have microseconds; lines have milliseconds.
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The tasks of a queue.</summary>
    /// <param name="export">An exported file.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="item">Gives an item's clips by their rows with the addresses of their sounds, and the machine's suggestion.</param>
    public static JsonArray Export(ReadOnlyMemory<byte> export, QueueRow queue, Func<int, (IReadOnlyList<(int Row, string? Sound)> Clips, string? Suggestion)> item)
    {
        var lines = Lines(export).Select(line => JsonNode.Parse(line.Span)!.AsObject())
            .Where(line => (string?)line["kind"] == "annotation" && (string?)line["queue"] == queue.Id).ToLookup(line => (int)line["feature"]!);
        var tasks = new JsonArray();
        foreach (var feature in queue.Content.Features.Concat(queue.Content.Gold.Select(each => each.Feature)).Concat(queue.Content.Practice.Select(each => each.Feature)))
        {
            var (clips, suggestion) = item(feature);
            var votedOn = lines[feature].SelectMany(line => line["clips"]?.AsArray() ?? []).Select(vote => (int)vote![Row]!);
            int[] rows = [.. clips.Select(clip => clip.Row).Concat(votedOn).Distinct()];
            var data = new JsonObject { ["queue"] = queue.Id, ["sae"] = queue.Content.SaeHash, ["dataset"] = queue.Content.DatasetHash, ["feature"] = feature, ["suggestion"] = suggestion ?? "" };
            for (var at = 0; at < rows.Length; at++)
            {
                data[$"{Row}{at + 1}"] = rows[at];
                data[$"{Clip}{at + 1}"] = clips.FirstOrDefault(clip => clip.Row == rows[at]).Sound ?? "";
            }
            tasks.Add(new JsonObject { ["data"] = data, ["annotations"] = new JsonArray([.. lines[feature].Select(line => AnnotationOf(line, rows))]) });
        }
        return tasks;
    }

    /// <summary>The labelling configuration for a project that such tasks are brought into.</summary>
    /// <param name="clips">Clips of the item that has most.</param>
    public static string Configuration(int clips)
    {
        var xml = new StringBuilder("<View>\n  <Header value=\"Feature $feature: $suggestion\"/>\n");
        for (var at = 1; at <= clips; at++)
        {
            xml.Append(System.Globalization.CultureInfo.InvariantCulture, $"  <Audio name=\"{Clip}{at}\" value=\"${Clip}{at}\"/>\n");
            xml.Append(System.Globalization.CultureInfo.InvariantCulture, $"  <Choices name=\"{Vote}{at}\" toName=\"{Clip}{at}\" choice=\"single\">{Choices(EnumJson.All<ClipJudgement>())}</Choices>\n");
        }
        return xml.Append(System.Globalization.CultureInfo.InvariantCulture, $"""
              <Choices name="{Verdict}" toName="{Clip}1" choice="single" required="true">{Choices(EnumJson.All<AnnotationVerdict>())}</Choices>
              <TextArea name="{Label}" toName="{Clip}1" maxSubmissions="1"/>
              <Rating name="{Specificity}" toName="{Clip}1" maxRating="5"/>
              <TextArea name="{Tags}" toName="{Clip}1"/>
              <TextArea name="{Note}" toName="{Clip}1" maxSubmissions="1"/>
            </View>

            """).ToString();
    }

    /// <summary>The lines of a file to import.</summary>
    /// <param name="content">Label Studio's JSON: a list of tasks.</param>
    /// <param name="queueOf">Gives a queue by its id; null: it is not here, or is not the one that the file is for.</param>
    /// <param name="actor">Who brings it: the author of what names none.</param>
    /// <param name="now">The time of what names none.</param>
    /// <exception cref="UserException">It is not such a file; the message names the task.</exception>
    public static byte[] Import(ReadOnlyMemory<byte> content, Func<string, QueueRow?> queueOf, Actor actor, DateTimeOffset now)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(content.Span);
        }
        catch (JsonException error)
        {
            throw new UserException($"The file is not JSON. Line {(error.LineNumber ?? 0) + 1}, column {(error.BytePositionInLine ?? 0) + 1}: {JsonFile.Reason(error, typeof(object))}", error);
        }
        if (root is not JsonArray tasks) throw new UserException("The file is not a list of tasks, as Label Studio exports them under “JSON”.");
        using var lines = new MemoryStream();
        Line(lines, new JsonObject { ["export"] = 3, ["site"] = "00000000", ["at"] = Time(now) });
        for (var at = 0; at < tasks.Count; at++)
        {
            var done = 0;
            try
            {
                foreach (var line in LinesOf(tasks[at] as JsonObject ?? throw new InvalidOperationException("it is not an object."), queueOf, actor, now))
                {
                    Line(lines, line);
                    done++;
                }
            }
            // ArgumentException: a member that is there twice.
            catch (Exception error) when (error is InvalidOperationException or FormatException or NullReferenceException or KeyNotFoundException or ArgumentException)
            {
                throw new UserException($"Nothing was imported. Task {at + 1} is not one of a queue's items: {error.Message}", error);
            }
            catch (UserException error)
            {
                throw new UserException($"Nothing was imported. Task {at + 1}, annotation {done + 1}: {error.Message}", error);
            }
        }
        return lines.ToArray();
    }

    private static JsonObject AnnotationOf(JsonObject line, int[] rows)
    {
        var result = new JsonArray();
        foreach (var vote in line["clips"]?.AsArray() ?? [])
        {
            var place = Array.IndexOf(rows, (int)vote![Row]!) + 1;
            result.Add(Result($"{Vote}{place}", $"{Clip}{place}", "choices", new JsonArray((string?)vote["vote"])));
        }
        result.Add(Result(Verdict, Clip + 1, "choices", new JsonArray((string?)line["verdict"])));
        if ((string?)line["label"] is { } label) result.Add(Result(Label, Clip + 1, "textarea", new JsonArray(label), "text"));
        if ((int?)line["specificity"] is { } specificity) result.Add(Result(Specificity, Clip + 1, "rating", specificity));
        if (line["tags"] is JsonArray tags) result.Add(Result(Tags, Clip + 1, "textarea", tags.DeepClone(), "text"));
        if ((string?)line["note"] is { } note) result.Add(Result(Note, Clip + 1, "textarea", new JsonArray(note), "text"));
        // What is said in the result is said there alone: it can be changed in Label Studio.
        var ours = line.DeepClone().AsObject();
        foreach (var name in new[] { "clips", Verdict, Label, Specificity, Tags, Note, "seconds", "id", "kind" }) ours.Remove(name);
        return new JsonObject
        {
            ["unique_id"] = (string?)line["id"], ["created_at"] = (string?)line["at"], ["lead_time"] = (double)line["seconds"]!, ["was_cancelled"] = line["withdrawn"] is not null, ["ground_truth"] = false,
            ["result"] = result, [Ours] = ours,
        };
    }

    private static JsonObject Result(string from, string to, string type, JsonNode value, string? member = null) => new()
    {
        ["id"] = from, ["from_name"] = from, ["to_name"] = to, ["type"] = type, ["value"] = new JsonObject { [member ?? type] = value },
    };

    private static IEnumerable<JsonObject> LinesOf(JsonObject task, Func<string, QueueRow?> queueOf, Actor actor, DateTimeOffset now)
    {
        var data = task["data"] as JsonObject ?? throw new InvalidOperationException("it has no data.");
        var queue = (string?)data["queue"] is { } named && queueOf(named) is { } found ? found : throw new InvalidOperationException($"data.queue is “{(string?)data["queue"]}”, which is not here or is not the queue that this import is for.");
        var feature = (int?)data["feature"] ?? throw new InvalidOperationException("data has no feature.");
        if (!queue.Content.Features.Contains(feature) && queue.Content.Gold.Concat(queue.Content.Practice).All(item => item.Feature != feature)) throw new InvalidOperationException($"feature {feature} is not an item of the queue “{queue.Content.Name}”.");
        foreach (var each in task["annotations"]?.AsArray() ?? [])
        {
            var annotation = each!.AsObject();
            var known = annotation[Ours] as JsonObject;
            // Skipped in Label Studio; one of ours that was withdrawn says so itself.
            if (known is null && (bool?)annotation["was_cancelled"] == true) continue;
            var line = known?.DeepClone().AsObject() ?? new JsonObject();
            (line["kind"], line["queue"], line["feature"]) = ("annotation", queue.Id, feature);
            line["role"] ??= queue.Content.Practice.Any(item => item.Feature == feature) ? "practice" : "annotation";
            line["by"] ??= PersonOf(annotation["completed_by"], actor);
            line["at"] ??= annotation["created_at"] is { } made ? Time(DateTimeOffset.Parse((string)made!, System.Globalization.CultureInfo.InvariantCulture)) : Time(now);
            line["seconds"] = Math.Clamp((double?)annotation["lead_time"] ?? 0, 0, 24 * 3600);
            Read(annotation["result"]?.AsArray() ?? [], data, line);
            if (line[Verdict] is null) throw new InvalidOperationException("an annotation has no verdict.");
            Check(line, queue, feature);
            line["id"] = (string?)annotation["unique_id"] is { } id && AnnotationRules.IsId(id) ? id : IdOf(line, annotation["id"]);
            yield return line;
        }
    }

    private static void Read(JsonArray result, JsonObject data, JsonObject line)
    {
        var votes = new JsonArray();
        foreach (var each in result)
        {
            var (name, value) = ((string?)each!["from_name"] ?? "", each["value"]!);
            if (name == Verdict) line[Verdict] = (string?)value["choices"]![0];
            else if (name is Label or Note) line[name] = string.Join('\n', value["text"]!.AsArray().Select(text => (string?)text));
            else if (name == Tags) line[Tags] = value["text"]!.DeepClone();
            else if (name == Specificity) line[Specificity] = (int)value["rating"]!;
            else if (name.StartsWith(Vote, StringComparison.Ordinal)) votes.Add(new JsonObject { [Row] = (int)data[Row + name[Vote.Length..]]!, ["vote"] = (string?)value["choices"]![0] });
        }
        if (votes.Count > 0) line["clips"] = votes;
    }

    /// <summary>Checks what is said by the rules of what people send: later it would be named by a line of another file.</summary>
    /// <exception cref="UserException">Something of it is refused.</exception>
    private static void Check(JsonObject line, QueueRow queue, int feature)
    {
        var verdict = Word<AnnotationVerdict>(line[Verdict], Verdict);
        ClipVote[] votes = [.. (line["clips"]?.AsArray() ?? []).Select(clip => new ClipVote((int)clip![Row]!, Word<ClipJudgement>(clip["vote"], "a vote")))];
        string[] tags = [.. (line[Tags]?.AsArray() ?? []).Select(tag => (string?)tag ?? throw new InvalidOperationException("a tag is null."))];
        _ = AnnotationRules.Checked(new AnnotationContent(queue.Id, feature, AnnotationKind.Annotation, verdict, votes, (string?)line[Label], (int?)line[Specificity], tags, (string?)line[Note], null, (double)line["seconds"]!));

        static T Word<T>(JsonNode? value, string what) where T : struct, Enum =>
            EnumJson.Parse<T>((string?)value) ?? throw new UserException($"{what} is “{(string?)value}”; it is one of {string.Join(", ", EnumJson.All<T>())}.");
    }

    /// <summary>A user of Label Studio is not a person of this site: they get an id of another place.</summary>
    private static JsonObject PersonOf(JsonNode? completedBy, Actor actor)
    {
        var name = completedBy switch
        {
            JsonObject person => (string?)person["email"] ?? person["id"]?.ToJsonString(),
            JsonValue number => number.ToJsonString().Trim('"'),
            _ => null,
        };
        return name is null ? new JsonObject { ["id"] = actor.UserId, ["name"] = actor.Name } : new JsonObject { ["id"] = $"label-studio {name}@00000000", ["name"] = $"Label Studio {name}" };
    }

    /// <summary>An id made of what is said: the same file again changes nothing.</summary>
    private static string IdOf(JsonObject line, JsonNode? id) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{id?.ToJsonString()}|{line.ToJsonString()}")).AsSpan(0, 16)).ToString("D");

    private static string Choices(IEnumerable<string> values) => string.Concat(values.Select(value => $"<Choice value=\"{value}\"/>"));

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, System.Globalization.CultureInfo.InvariantCulture);

    private static IEnumerable<ReadOnlyMemory<byte>> Lines(ReadOnlyMemory<byte> content)
    {
        while (content.Length > 0)
        {
            var end = content.Span.IndexOf((byte)'\n');
            if (end < 0) end = content.Length;
            if (end > 0) yield return content[..end];
            content = content[Math.Min(end + 1, content.Length)..];
        }
    }

    private static void Line(Stream to, JsonObject line)
    {
        JsonSerializer.Serialize(to, line, JsonDefaults.Lines);
        to.WriteByte((byte)'\n');
    }
}

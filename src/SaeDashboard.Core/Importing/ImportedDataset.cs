using System.Text.Json;
using System.Text.Json.Serialization;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Importing;

/// <summary>Writes the dataset of an import: metadata.jsonl, codes.safetensors, refused.jsonl and import.json, all at once or not at all.</summary>
public static class ImportedDataset
{
    /// <summary>Writes it.</summary>
    /// <param name="output">The dataset's folder, which must not exist.</param>
    /// <param name="plan">How it was imported.</param>
    /// <param name="folder">What was found.</param>
    /// <param name="work">What was encoded.</param>
    /// <param name="sampleRate">The codec's, in Hz.</param>
    /// <param name="clipSeconds">The length of a whole clip (s).</param>
    /// <exception cref="UserException">No file became a clip, or the folder exists or cannot be written.</exception>
    public static ImportReport Write(string output, ImportPlan plan, SoundFolder folder, ImportWork work, int sampleRate, double clipSeconds)
    {
        var files = folder.Items.Select(item => (Item: item, Done: work.Find(item))).ToList();
        var refused = files.Where(each => each.Done?.Reason is not null).Select(each => new ImportRefusal(each.Item.File, each.Item.Line, each.Done!.Reason!.Value, each.Done.Detail ?? ""))
            .Concat(folder.Refused).OrderBy(each => each.File ?? "", StringComparer.Ordinal).ThenBy(each => each.Line).ToList();
        var made = files.Where(each => each.Done is { Pieces.Count: > 0 }).Select(each => (each.Item, Done: each.Done!)).ToList();
        if (made.Count == 0) throw new UserException($"{folder.Folder}: nothing could be imported. {Said(refused)}");
        var splits = Splits(plan, made);
        var report = new ImportReport(
            1, work.Basis.Id, Path.GetFileName(folder.Folder), folder.Table is { } table ? Path.GetFileName(table.Path) : null,
            plan with { Folder = Path.GetFileName(folder.Folder), Table = plan.Table is null ? null : Path.GetFileName(plan.Table) },
            work.Basis.CodecHash, sampleRate, clipSeconds, made.Count, made.Sum(each => each.Done.Pieces.Count), made.Sum(each => each.Done.LeftOutSeconds),
            refused.CountBy(each => each.Reason.Name()).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(), [.. made.Select(each => each.Done.Detail).OfType<string>()]);

        using var target = AtomicFolder.Create(output);
        WriteLines(Path.Combine(target.WorkPath, "metadata.jsonl"), Lines(made, splits));
        WriteLines(Path.Combine(target.WorkPath, ImportReport.RefusedName), refused);
        var writer = new SafetensorsWriter();
        work.AddCodes(writer, [.. made.Select(each => each.Done)]);
        writer.Save(Path.Combine(target.WorkPath, "codes.safetensors"));
        AtomicFile.WriteJson(Path.Combine(target.WorkPath, ImportReport.FileName), report);
        target.Commit();
        return report;
    }

    /// <summary>The report of a dataset that an import made; null: it was not made by one.</summary>
    /// <exception cref="UserException">It cannot be read.</exception>
    public static ImportReport? Report(string dataset)
    {
        var path = Path.Combine(dataset, ImportReport.FileName);
        return FileLook.At(path) is null ? null : JsonFile.Read<ImportReport>(path);
    }

    /// <summary>"3 files or rows were refused: 2 cut short, 1 too short." with the first of them.</summary>
    public static string Said(IReadOnlyList<ImportRefusal> refused)
    {
        if (refused.Count == 0) return "Nothing was refused.";
        var counts = refused.CountBy(each => each.Reason).OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Value} {pair.Key.Words()}");
        var first = refused[0];
        return $"{refused.Count} {(refused.Count == 1 ? "file or row was" : "files or rows were")} refused: {string.Join(", ", counts)}. The first: {first.File ?? $"line {first.Line}"}: {first.Detail}";
    }

    private static Dictionary<string, string> Splits(ImportPlan plan, List<(ImportItem Item, ImportedFile Done)> made)
    {
        if (plan.SplitColumn is not null) return made.ToDictionary(each => each.Item.File, each => each.Item.Split!, StringComparer.Ordinal);
        var groups = made.GroupBy(each => each.Item.Group, StringComparer.Ordinal).Select(group => (group.Key, group.Sum(each => each.Done.Pieces.Count))).ToList();
        var drawn = ClipSplits.Draw(groups, plan.Shares, plan.Seed);
        return made.ToDictionary(each => each.Item.File, each => drawn[each.Item.Group], StringComparer.Ordinal);
    }

    private static IEnumerable<Line> Lines(List<(ImportItem Item, ImportedFile Done)> made, Dictionary<string, string> splits)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (item, done) in made)
        {
            var id = CaptionText.Id(item.File);
            for (var piece = 0; piece < done.Pieces.Count; piece++)
            {
                var name = CaptionText.PieceId(id, piece, done.Pieces.Count);
                var (own, at) = (name, 2);
                while (!ids.Add(own)) own = FormattableString.Invariant($"{name}.{at++}");
                var (start, seconds, level) = done.Pieces[piece];
                yield return new Line(own, splits[item.File], item.Caption, seconds, item.File, start, Math.Round(level, 2),
                    item.Group.StartsWith("group:", StringComparison.Ordinal) ? item.Group["group:".Length..] : null);
            }
        }
    }

    private static void WriteLines<T>(string path, IEnumerable<T> values) => AtomicFile.Write(path, stream =>
    {
        foreach (var value in values)
        {
            JsonSerializer.Serialize(stream, value, JsonDefaults.Lines);
            stream.WriteByte((byte)'\n');
        }
    });

    /// <summary>A line of metadata.jsonl: what every dataset has, and where the clip comes from.</summary>
    private sealed record Line(
        string Id, string Split, string Caption, double Seconds, string Source, double Start, double LevelDb, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Group);
}

using System.Text;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Annotation;

/// <summary>What a file of annotations can be written as.</summary>
internal enum ImportFormat
{
    /// <summary>What Export wrote: labels, lists, presets, queues and what was said in them.</summary>
    Export,

    /// <summary>Votes of queues, an annotation a line.</summary>
    VotesJsonLines,

    /// <summary>Votes of queues as a table.</summary>
    VotesCsv,

    /// <summary>Label Studio's JSON.</summary>
    LabelStudio,
}

/// <summary>Takes in a file of any of the forms that go out: all of it, or nothing.</summary>
internal sealed class ImportFormats(Imports imports, AnnotationService annotations, TimeProvider clock)
{
    private const int MostOfFirstLine = 64 << 10;

    /// <summary>What a file is, by its beginning.</summary>
    public static ImportFormat Of(ReadOnlySpan<byte> content)
    {
        if (content.StartsWith("\uFEFF"u8)) content = content[3..];
        content = content.TrimStart(" \t\r\n"u8);
        if (content is [(byte)'[', ..]) return ImportFormat.LabelStudio;
        var end = content.IndexOf((byte)'\n');
        var first = content[..Math.Min(end < 0 ? content.Length : end, MostOfFirstLine)];
        if (first is not [(byte)'{', ..])
        {
            var names = Encoding.UTF8.GetString(first).Split([',', ';', '\t'], StringSplitOptions.TrimEntries);
            return names.Contains("feature") && names.Contains("verdict") ? ImportFormat.VotesCsv : ImportFormat.Export;
        }
        try
        {
            var reader = new Utf8JsonReader(first);
            using var line = JsonDocument.ParseValue(ref reader);
            return line.RootElement.TryGetProperty("verdict", out _) && !line.RootElement.TryGetProperty("export", out _) ? ImportFormat.VotesJsonLines : ImportFormat.Export;
        }
        catch (JsonException)
        {
            return ImportFormat.Export;
        }
    }

    /// <summary>Takes a file in.</summary>
    /// <param name="format">What it is.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="actor">Who brings it.</param>
    /// <param name="only">The only queue that it may be of; null: it names its queues.</param>
    /// <exception cref="UserException">Something of it is wrong; the message names the places, and nothing of it was kept.</exception>
    public ImportResult Read(ImportFormat format, ReadOnlyMemory<byte> content, string file, Actor actor, QueueRow? only = null)
    {
        if (format == ImportFormat.Export) return imports.Read(content, file, actor);
        var now = clock.GetUtcNow();
        if (format == ImportFormat.LabelStudio) return imports.Read(LabelStudio.Import(content, Queue, actor, now), file, actor);
        var lines = new VoteLines(Queue, only, actor, now);
        if (format == ImportFormat.VotesCsv) VoteImport.ReadCsv(content, file, lines);
        else VoteImport.ReadJsonLines(content, file, lines);
        return imports.Read(lines.ToBytes(), file, actor);

        QueueRow? Queue(string id) => only is null ? annotations.Queue(id) : id == only.Id ? only : null;
    }
}

using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Storage.Exchange;
using SaeDashboard.Storage.Tables;
using SaeDashboard.Storage.Writing;

namespace SaeDashboard.Storage;

/// <summary>Takes in what <see cref="DataExport"/> wrote, here or elsewhere: all of it in one write, or nothing. The same file again changes nothing.</summary>
public sealed class DataImport(Database db)
{
    /// <summary>Largest file, in bytes.</summary>
    public const int MaxBytes = 64 << 20;

    /// <summary>Takes a file in.</summary>
    /// <param name="content">The file's bytes.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="actor">Who imports it. Authors stay those that the file names.</param>
    /// <exception cref="UserException">The file is too large, lines of it are wrong (named by their numbers), or it could not be written; nothing of it was kept.</exception>
    public ImportResult Read(ReadOnlyMemory<byte> content, string file, Actor actor)
    {
        if (content.Length > MaxBytes) throw new UserException($"{file} has {content.Length} bytes; a file to import has at most {MaxBytes}.");
        var reader = new ImportReader(file);
        reader.Read(content);
        return db.Write(actor, "data.import", file, scope =>
        {
            int labels = 0, ratings = 0, presets = 0, lists = 0, views = 0, known = 0;
            var features = new List<FeatureKey>();
            foreach (var feature in reader.Labels.GroupBy(line => new FeatureKey(line.Sae, line.Feature)))
            {
                var merge = new LabelMerge(scope, feature.Key, db.Site);
                foreach (var line in feature.OrderBy(line => line.At)) known += merge.Add(line) ? 0 : 1;
                merge.Finish();
                labels += merge.Labels;
                ratings += merge.Ratings;
                if (merge.Labels + merge.Ratings > 0) features.Add(feature.Key);
            }
            var added = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (line, preset) in reader.Presets)
            {
                if (Add(scope, line, preset))
                {
                    presets++;
                    added.Add(line.Id);
                }
                else known++;
            }
            var talking = new TalkMerge(scope, db.Site, actor, added);
            foreach (var line in reader.Marks) known += talking.Add(line) ? 0 : 1;
            foreach (var line in reader.PresetComments) known += talking.Add(line) ? 0 : 1;
            foreach (var line in reader.Links) known += talking.Add(line) ? 0 : 1;
            foreach (var line in reader.Takes) known += talking.Add(line) ? 0 : 1;
            var merging = new ListMerge(scope, db.Site);
            foreach (var line in reader.Lists)
            {
                if (merging.Add(line)) lists++;
                else known++;
            }
            foreach (var line in reader.Views)
            {
                if (merging.Add(line)) views++;
                else known++;
            }
            var comments = 0;
            foreach (var line in reader.Comments)
            {
                if (Add(scope, line)) comments++;
                else known++;
            }
            // After the labels, by whose revisions annotations say what their author saw.
            var annotating = new AnnotationMerge(scope, db.Site);
            foreach (var line in reader.Queues) known += annotating.Add(line) ? 0 : 1;
            foreach (var line in reader.Annotations.OrderBy(line => line.At)) known += annotating.Add(line) ? 0 : 1;
            annotating.Finish();
            var result = new ImportResult(labels, ratings, presets, known)
            {
                PresetTalk = talking.Talk,
                Takes = talking.Takes,
                Queues = annotating.Queues,
                Annotations = annotating.Annotations,
                Comments = comments,
                Lists = lists,
                Views = views,
                Features = features,
                Commented = comments == 0 ? [] : [.. reader.Comments.Select(line => new FeatureKey(line.Sae, line.Feature)).Distinct()],
            };
            scope.Detail = result;
            return result;
        });
    }

    /// <summary>Takes a comment in, or the newer text of one that is here; false: nothing of it is new. A comment that was deleted here stays deleted.</summary>
    private bool Add(WriteScope scope, CommentLine line)
    {
        var here = scope.Find(scope.Tables.Comments, line.Id);
        if (here is not null && (here.DeletedUtc is not null || (line.Edited ?? line.At) <= (here.EditedUtc ?? here.CreatedUtc))) return false;
        // An id that another person's comment has is not taken over by a file.
        if (here is not null && (here.AuthorId != SiteIds.Inside(line.By.Id, db.Site) || here.SaeHash != line.Sae || here.Feature != line.Feature)) return false;
        var author = LabelMerge.Person(scope, line.By, db.Site);
        scope.Put(scope.Tables.Comments, here is null
            ? new CommentDocument(line.Id, line.Sae, line.Feature, line.Text, line.Clip, author, line.At, 1, line.Edited, null)
            : here with { Text = line.Text, Anchor = line.Clip, EditedUtc = line.Edited, Version = here.Version + 1 });
        return true;
    }

    private bool Add(WriteScope scope, PresetLine line, SteeringPreset preset)
    {
        if (scope.Find(scope.Tables.Presets, line.Id) is not null) return false;
        var author = LabelMerge.Person(scope, line.By, db.Site);
        // As with lists: to hand over the file is to share it. What a person of another data folder keeps out of lists would be missing in everyone's.
        var visibility = SiteIds.IsForeign(author) ? null : line.Visibility;
        scope.Put(scope.Tables.Presets, new PresetDocument(line.Id, preset.Name, JsonSerializer.Serialize(preset, JsonDefaults.Lines), author, line.At, line.Shipped, null, visibility, PresetRepository.ContentOf(preset)));
        return true;
    }
}

using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage.Exchange;

/// <summary>What people say of presets and of takes, on its way into a file. Taken under the tables' lock, written outside it.</summary>
internal sealed class TalkExport
{
    private readonly PresetMarksDocument[] marks;
    private readonly PresetCommentDocument[] comments;
    private readonly PresetLinkDocument[] links;
    private readonly TakeDocument[] takes;

    private TalkExport(PresetMarksDocument[] marks, PresetCommentDocument[] comments, PresetLinkDocument[] links, TakeDocument[] takes) =>
        (this.marks, this.comments, this.links, this.takes) = (marks, comments, links, takes);

    /// <summary>Of some presets: their marks, comments and links. A link opens its preset, so only those who made the preset get its links, and a revoked one goes nowhere.</summary>
    /// <param name="tables">The tables, locked.</param>
    /// <param name="presets">The presets that are in the file.</param>
    /// <param name="reader">Who gets it; null: all of everybody's.</param>
    /// <param name="withTakes">Whether takes are in it.</param>
    public static TalkExport Of(TableSet tables, IReadOnlyList<PresetDocument> presets, Actor? reader, bool withTakes)
    {
        var here = presets.Select(preset => preset.Id).ToHashSet(StringComparer.Ordinal);
        var linked = presets.Where(preset => reader is null || preset.AuthorId == reader.UserId).Select(preset => preset.Id).ToHashSet(StringComparer.Ordinal);
        return new TalkExport(
            [.. tables.PresetMarks.Values.Where(each => here.Contains(each.Id) && each.Ratings.Count + each.Tags.Count > 0)],
            [.. tables.PresetComments.Values.Where(each => each.DeletedUtc is null && here.Contains(each.PresetId))],
            [.. tables.PresetLinks.Values.Where(each => each.RevokedUtc is null && linked.Contains(each.PresetId))],
            withTakes ? [.. tables.Takes.Values.Where(take => take.DeletedUtc is null)] : []);
    }

    /// <summary>Writes a line for each.</summary>
    public void Write(Stream to, Func<string, PersonPart> personOf)
    {
        foreach (var each in marks.OrderBy(each => each.Id, StringComparer.Ordinal))
            DataExport.Line(to, new MarksLine(ExchangeJson.Marks, each.Id, Parts(each.Ratings), each.Tags.Count == 0 ? null : each.Tags));
        foreach (var each in comments.OrderBy(each => each.CreatedUtc).ThenBy(each => each.Id, StringComparer.Ordinal))
            DataExport.Line(to, new PresetCommentLine(ExchangeJson.PresetComment, each.Id, each.PresetId, each.Text, personOf(each.AuthorId), each.CreatedUtc, each.EditedUtc, each.At));
        foreach (var each in links.OrderBy(each => each.CreatedUtc).ThenBy(each => each.Id, StringComparer.Ordinal))
            DataExport.Line(to, new LinkLine(ExchangeJson.Link, each.Id, each.PresetId, personOf(each.AuthorId), each.CreatedUtc));
        foreach (var take in takes.OrderBy(take => take.Id, StringComparer.Ordinal))
        {
            DataExport.Line(to, new TakeLine(
                ExchangeJson.Take, take.Id, take.Name, personOf(take.OwnerId), take.CreatedUtc, take.Starred, Parts(take.Rated()),
                take.Blind is { Count: > 0 } blind ? [.. blind.Select(test => new BlindPart(test.Id, personOf(test.UserId), test.ArmA, test.ArmB, test.Seed, test.Answers, test.AtUtc))] : null));
        }

        IReadOnlyList<RatingPart>? Parts(IReadOnlyList<Rating> ratings) => ratings.Count == 0 ? null : [.. ratings.Select(rating => new RatingPart(personOf(rating.UserId), rating.Stars, rating.RatedUtc))];
    }
}

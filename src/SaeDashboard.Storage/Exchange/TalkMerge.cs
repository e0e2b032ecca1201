using SaeDashboard.Core.Takes;
using SaeDashboard.Storage.Tables;
using SaeDashboard.Storage.Writing;

namespace SaeDashboard.Storage.Exchange;

/// <summary>
/// Puts imported stars, tags, comments and links of presets, and what people said of takes, among what is here. What is about a preset that is neither
/// here nor in the file is passed over, and so is what is about one that was deleted here.
/// </summary>
/// <param name="scope">The write.</param>
/// <param name="site">This data folder's id.</param>
/// <param name="actor">Who imports.</param>
/// <param name="added">The presets that this import added.</param>
internal sealed class TalkMerge(WriteScope scope, string site, Actor actor, IReadOnlySet<string> added)
{
    /// <summary>Stars, tags, comments and links of presets that were added or are newer.</summary>
    public int Talk { get; private set; }

    /// <summary>Takes of which something is new.</summary>
    public int Takes { get; private set; }

    /// <summary>Takes stars and tags in: of two ratings by one person the newer counts, and tags that are not here are added. False: nothing is new.</summary>
    public bool Add(MarksLine line)
    {
        if (Preset(line.Preset) is null) return false;
        var before = scope.Find(scope.Tables.PresetMarks, line.Preset) ?? new PresetMarksDocument(line.Preset, [], []);
        var (ratings, newer) = Merged(before.Ratings, line.Stars);
        string[] tags = [.. before.Tags.Concat(line.Tags ?? []).Distinct(StringComparer.OrdinalIgnoreCase).Take(Math.Max(PresetTalkRepository.MostTags, before.Tags.Count))];
        var more = newer + tags.Length - before.Tags.Count;
        if (more > 0) scope.Put(scope.Tables.PresetMarks, before with { Ratings = ratings, Tags = tags });
        return Counted(more);
    }

    /// <summary>Takes a comment in, or the newer text of one that is here. A comment that was deleted here stays deleted. False: nothing is new.</summary>
    public bool Add(PresetCommentLine line)
    {
        if (Preset(line.Preset) is null) return false;
        var here = scope.Find(scope.Tables.PresetComments, line.Id);
        if (here is not null && (here.DeletedUtc is not null || (line.Edited ?? line.At) <= (here.EditedUtc ?? here.CreatedUtc))) return false;
        // An id that another person's comment has is not taken over by a file.
        if (here is not null && (here.AuthorId != SiteIds.Inside(line.By.Id, site) || here.PresetId != line.Preset)) return false;
        var author = LabelMerge.Person(scope, line.By, site);
        scope.Put(scope.Tables.PresetComments, here is null
            ? new PresetCommentDocument(line.Id, line.Preset, line.Text, line.Moment, author, line.At, 1, line.Edited, null)
            : here with { Text = line.Text, At = line.Moment, EditedUtc = line.Edited, Version = here.Version + 1 });
        return Counted(1);
    }

    /// <summary>
    /// Takes a link in: with its preset, or to a preset of the person who imports, so that a file opens no other person's. One that is here stays as it is,
    /// revoked too. False: it was not taken in.
    /// </summary>
    public bool Add(LinkLine line)
    {
        if (Preset(line.Preset) is not { } preset || !(added.Contains(line.Preset) || preset.AuthorId == actor.UserId)) return false;
        if (scope.Find(scope.Tables.PresetLinks, line.Word) is not null) return false;
        scope.Put(scope.Tables.PresetLinks, new PresetLinkDocument(line.Word, line.Preset, LabelMerge.Person(scope, line.By, site), line.At, null));
        return Counted(1);
    }

    /// <summary>
    /// Takes in what people said of a take. A take that has no row here gets one, whether its folder is here yet or not; of one that has, the name and the
    /// star stay. False: nothing is new; a take that was deleted here stays as it is.
    /// </summary>
    public bool Add(TakeLine line)
    {
        var here = scope.Find(scope.Tables.Takes, line.Id);
        if (here is { DeletedUtc: not null }) return false;
        var before = here ?? new TakeDocument(line.Id, line.Name, line.Starred, null, scope.All(scope.Tables.Takes).Select(take => take.Position).DefaultIfEmpty(0).Min() - 1, LabelMerge.Person(scope, line.By, site), line.At, null);
        var (ratings, newer) = Merged(before.Rated(), line.Ratings);
        var kept = before.Blind ?? [];
        AbxDocument[] tests = [.. (line.Blind ?? []).Where(test => kept.All(each => each.Id != test.Id)).DistinctBy(test => test.Id).Select(Test)];
        if (here is not null && newer + tests.Length == 0) return false;
        scope.Put(scope.Tables.Takes, before with
        {
            Stars = null,
            Ratings = ratings,
            Blind = kept.Count + tests.Length == 0 ? null : [.. kept.Concat(tests).OrderBy(test => test.AtUtc).ThenBy(test => test.Id, StringComparer.Ordinal)],
        });
        Takes++;
        return true;
    }

    private AbxDocument Test(BlindPart test) =>
        new(test.Id, LabelMerge.Person(scope, test.By, site), test.A, test.B, test.Seed, AbxTrials.Order(test.Seed, test.Answers.Length), test.Answers, test.At);

    private PresetDocument? Preset(string id) => scope.Find(scope.Tables.Presets, id) is { DeletedUtc: null } preset ? preset : null;

    private bool Counted(int more)
    {
        Talk += more;
        return more > 0;
    }

    private (IReadOnlyList<Rating> Ratings, int Newer) Merged(IReadOnlyList<Rating> here, IReadOnlyList<RatingPart>? more)
    {
        var (ratings, newer) = (here.ToList(), 0);
        foreach (var part in more ?? [])
        {
            var person = LabelMerge.Person(scope, part.By, site);
            var at = ratings.FindIndex(rating => rating.UserId == person);
            if (at >= 0 && ratings[at].RatedUtc >= part.At) continue;
            if (at >= 0) ratings.RemoveAt(at);
            ratings.Add(new Rating(person, part.Stars, part.At));
            newer++;
        }
        return (ratings, newer);
    }
}

using SaeDashboard.Storage.Tables;
using SaeDashboard.Storage.Writing;

namespace SaeDashboard.Storage.Exchange;

/// <summary>Puts imported revisions of one feature's label among those that are here, by their times: the newest is the label.</summary>
internal sealed class LabelMerge(WriteScope scope, FeatureKey key, string site)
{
    private readonly List<Revision> revisions = [.. scope.Find(scope.Tables.Labels, LabelDocument.IdOf(key))?.Revisions ?? []];

    /// <summary>Revisions that were added.</summary>
    public int Labels { get; private set; }

    /// <summary>Ratings that were added or replaced.</summary>
    public int Ratings { get; private set; }

    /// <summary>Takes a revision in; false: all of it was here.</summary>
    public bool Add(LabelLine line)
    {
        var author = Person(scope, line.By, site);
        var at = revisions.FindIndex(revision => revision.CreatedUtc == line.At && revision.AuthorId == author && revision.Text == line.Text && revision.Note == line.Note);
        var isNew = at < 0;
        if (isNew)
        {
            at = revisions.FindLastIndex(revision => revision.CreatedUtc <= line.At) + 1;
            var from = line.Restores is { } time ? revisions.FirstOrDefault(revision => revision.CreatedUtc == time && revision.Text == line.Text)?.Id : null;
            revisions.Insert(at, new Revision(scope.NextRevision(), line.Text, line.Note, author, line.At, from, []));
            Labels++;
        }
        var before = Ratings;
        foreach (var rating in line.Ratings ?? []) Rate(at, new Rating(Person(scope, rating.By, site), rating.Stars, rating.At));
        return isNew || Ratings > before;
    }

    /// <summary>Puts the result in its place, if there is anything new.</summary>
    public void Finish()
    {
        if (Labels + Ratings > 0) scope.Put(scope.Tables.Labels, new LabelDocument(LabelDocument.IdOf(key), key.SaeHash, key.Feature, [.. revisions]));
    }

    /// <summary>The id of a file's person here; they are made known when they are not.</summary>
    public static string Person(WriteScope scope, PersonPart person, string site)
    {
        var id = SiteIds.Inside(person.Id, site);
        if (scope.Find(scope.Tables.Users, id) is null) scope.Put(scope.Tables.Users, new UserDocument(id, person.Name, scope.Now));
        return id;
    }

    private void Rate(int at, Rating rating)
    {
        var revision = revisions[at];
        if (revision.Ratings.FirstOrDefault(each => each.UserId == rating.UserId) is { } here && here.RatedUtc >= rating.RatedUtc) return;
        revisions[at] = revision with { Ratings = [.. revision.Ratings.Where(each => each.UserId != rating.UserId), rating] };
        Ratings++;
    }
}

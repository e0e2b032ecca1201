using SaeDashboard.Storage.Tables;
using SaeDashboard.Storage.Writing;

namespace SaeDashboard.Storage.Exchange;

/// <summary>
/// Puts imported lists and saved views among those that are here, by their ids. A private one of a person of another data folder becomes shared: to
/// hand over the file is to share it, and its owner is not here to see it.
/// </summary>
internal sealed class ListMerge(WriteScope scope, string site)
{
    /// <summary>Takes a list in: a new one, or a newer state of one that is here. False: nothing changed; a list that was deleted here stays deleted.</summary>
    public bool Add(ListLine line)
    {
        var here = scope.Find(scope.Tables.Lists, line.Id);
        if (here is { DeletedUtc: not null } || here?.ChangedUtc >= line.Changed) return false;
        var owner = here?.OwnerId ?? LabelMerge.Person(scope, line.By, site);
        scope.Put(scope.Tables.Lists, new FeatureListDocument(line.Id, line.Name, line.Sae, line.Features, owner, line.Shared || SiteIds.IsForeign(owner), line.At, line.Changed, null));
        return true;
    }

    /// <summary>Takes a view in; false: one of its id is or was here.</summary>
    public bool Add(ViewLine line)
    {
        if (scope.Find(scope.Tables.Views, line.Id) is not null) return false;
        var owner = LabelMerge.Person(scope, line.By, site);
        scope.Put(scope.Tables.Views, new SavedViewDocument(line.Id, line.Name, line.Query, line.Sae, owner, line.Shared || SiteIds.IsForeign(owner), line.At, null));
        return true;
    }
}

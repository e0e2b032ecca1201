using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Api;

/// <summary>Lists of features and saved views: yours, and those that others share.</summary>
internal static class ListResource
{
    public static void MapListResource(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/saes/{sae}/lists", (string sae, HttpContext context, FeatureCatalog features, ICatalog catalog, FeatureLists lists) => FeatureResource.With(features, catalog, sae, set =>
                Results.Ok(ApiPaging.Of(context, lists.Of(set.SaeHash, context.User.ToActor()), ApiFeatureList.Of))))
            .Says("listLists", "The lists of features of an SAE: yours, and those that others share", "The parameter list of listFeatures takes a list's id.").Lists<ApiFeatureList>()
            .Fails(404, "There is no such SAE, or its features are not indexed.").Fails(503, "The index is being read, or cannot be read.");
        app.MapGet(ApiSetup.Root + "/saes/{sae}/views", (string sae, HttpContext context, FeatureCatalog features, ICatalog catalog, FeatureLists lists) => FeatureResource.With(features, catalog, sae, set =>
                Results.Ok(ApiPaging.Of(context, lists.ViewsOf(set.SaeHash, context.User.ToActor()), view => ApiSavedView.Of(sae, view)))))
            .Says("listViews", "The saved views of an SAE's features: yours, and those that others share").Lists<ApiSavedView>()
            .Fails(404, "There is no such SAE, or its features are not indexed.").Fails(503, "The index is being read, or cannot be read.");
    }
}

/// <summary>A list of features.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Features">Its features, ascending.</param>
/// <param name="Owner">Who made it.</param>
/// <param name="Shared">Whether others see it.</param>
/// <param name="CreatedUtc">When it was made.</param>
public sealed record ApiFeatureList(string Id, string Name, IReadOnlyList<int> Features, string Owner, bool Shared, DateTimeOffset CreatedUtc)
{
    internal static ApiFeatureList Of(FeatureListRow list) => new(list.Id, list.Name, list.Features, list.Owner, list.Shared, list.CreatedUtc);
}

/// <summary>A saved view of the list of features.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Query">Its query, as the page's address has it.</param>
/// <param name="Address">The features that it shows.</param>
/// <param name="Owner">Who saved it.</param>
/// <param name="Shared">Whether others see it.</param>
/// <param name="CreatedUtc">When it was saved.</param>
public sealed record ApiSavedView(string Id, string Name, string Query, string Address, string Owner, bool Shared, DateTimeOffset CreatedUtc)
{
    internal static ApiSavedView Of(string sae, SavedViewRow view) => new(
        view.Id, view.Name, view.Query, $"{ApiSetup.Root}/saes/{sae}/features{(view.Query.Length > 0 ? "?" + view.Query.TrimStart('?') : "")}", view.Owner, view.Shared, view.CreatedUtc);
}

using Microsoft.AspNetCore.WebUtilities;
using SaeDashboard.Web.Api;

namespace SaeDashboard.Web.Features;

/// <summary>
/// The parameters of a list of features, stated once: the address of the page, the API and the exports have the same names, and the same values
/// are refused. The API answers a refused one with an error; the page leaves it out and says so.
/// </summary>
internal static class FeatureParameters
{
    private const double Percent = 100;

    public static readonly ApiParameter Text = ApiParameter.Text("q", "Words that the label, or the captions of at least half of its top clips, contain; or a feature's number.", 200, "drum");
    public static readonly ApiParameter Sort = ApiParameter.Word<FeatureSort>("sort", "What the list is ordered by.", FeatureSort.Agreement);
    public static readonly ApiParameter Reverse = ApiParameter.Flag("reverse", "Whether the order is turned around. Without it numbers and labels ascend, and everything else descends.");
    public static readonly ApiParameter Min = ApiParameter.Number("min", "Least share of the clips that it fires in, in percent.", 0, Percent, "1");
    public static readonly ApiParameter Max = ApiParameter.Number("max", "Largest share of the clips that it fires in, in percent.", 0, Percent, "25");
    public static readonly ApiParameter Least = ApiParameter.Number("least", "Least share of the columns that it fires in, in percent.", 0, Percent);
    public static readonly ApiParameter Most = ApiParameter.Number("most", "Largest share of the columns that it fires in, in percent.", 0, Percent);
    public static readonly ApiParameter Strength = ApiParameter.Number("strength", "Least largest activation, in the SAE's own unit.", 0);
    public static readonly ApiParameter All = ApiParameter.Flag("all", "Whether features are given too that the filter of 1 to 25 % of the clips leaves out.");
    public static readonly ApiParameter Label = ApiParameter.Word<LabelFilter>("label", "Whether it has a label.", LabelFilter.Any);
    public static readonly ApiParameter Stars = ApiParameter.Whole("stars", "Least mean rating of its label, in stars; 0: labels without a rating.", 0, 5);
    public static readonly ApiParameter Concept = ApiParameter.Text("concept", "The annotated concept that it tells apart best.", 200, "inst.taiko");
    public static readonly ApiParameter Stability = ApiParameter.Number("stability", "Least largest cosine of its decoder row with those of an SAE of another seed.", 0, 1, "0.7");
    public static readonly ApiParameter Guests = ApiParameter.Flag("guests", "Whether only mystery guests are given: stable features that are neither positional nor like a known concept.");
    public static readonly ApiParameter People = ApiParameter.Number("people", "Least mean AUROC of people's votes on what it is called; 0: people voted on enough clips.", 0, 1, "0.75");
    public static readonly ApiParameter Disagreement = ApiParameter.Number("disagreement", "Least difference between people and another judge on the same clips, in mean AUROC.", 0, 1, "0.2");
    public static readonly ApiParameter Commented = ApiParameter.Flag("commented", "Whether only features with comments are given.");
    public static readonly ApiParameter InList = ApiParameter.Text("list", "The id of a list of features: only those in it.", 100);

    public static readonly ApiParameter Select = ApiParameter.Text("select", "The features to give alone, as numbers and ranges.", 100_000, "3,12-18") with { Check = FeatureSelection.Refuse };

    /// <summary>Which of the open feature's clips are shown; the page's alone.</summary>
    public static readonly ApiParameter Clips = ApiParameter.Word<ClipView>("clips", "Which of the open feature's clips are shown.", ClipView.Top);

    /// <summary>The page of the list; the page's alone.</summary>
    public static readonly ApiParameter Page = ApiParameter.Whole("page", "Which page of the list is shown.", 1, int.MaxValue, 1);

    /// <summary>The filters and the order of a list of features: for every address that gives such a list.</summary>
    public static ApiParameter[] Filters => [Text, Sort, Reverse, Min, Max, Least, Most, Strength, All, Label, Stars, Concept, Stability, Guests, People, Disagreement, Commented, InList];

    /// <summary>What the page of a list reads from its address, or one of its parts: the preview that is heard, and the sound that was brought.</summary>
    private static readonly ApiParameter[] OfPage =
        [.. Filters, Clips, Page, Select, ApiParameter.Text("heard", "The preview that is heard.", 100), ApiParameter.Text("sound", "The sound that was brought.", 100), ApiParameter.Text("name", "Its name.", 1000)];

    /// <summary>What the page does not understand in its address: the name, and a sentence with what is used instead.</summary>
    /// <param name="query">The query of the address, with or without its question mark.</param>
    public static IReadOnlyList<(string Name, string Says)> Refused(string query) =>
    [
        .. ApiQueryCheck.Refused(OfPage, QueryHelpers.ParseQuery(query)).Select(each => (each.Name, each.Parameter is null
            ? $"“{ApiParameter.Shown(each.Name)}” is not a filter of this list. It is left out."
            : $"{each.Reason} {(each.Parameter.Default is { } used ? $"“{used}” is used." : "It is left out.")}")),
    ];
}

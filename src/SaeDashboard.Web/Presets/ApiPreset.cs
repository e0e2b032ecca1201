using SaeDashboard.Storage;
using SaeDashboard.Web.Api;

namespace SaeDashboard.Web.Presets;

/// <summary>A preset, without its codes.</summary>
/// <param name="Id">Its id. <example>preset-20261130-101502-x7k2</example></param>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does.</param>
/// <param name="Prompt">The prompt; null: the null condition.</param>
/// <param name="Seconds">Its length in seconds.</param>
/// <param name="Steers">The steered features.</param>
/// <param name="SaeHash">SHA-256 of the SAE's weights.</param>
/// <param name="SaeName">The SAE's name where the preset was made.</param>
/// <param name="CodecHash">SHA-256 of the codec that plays its codes.</param>
/// <param name="Author">Who saved it here.</param>
/// <param name="Credit">Who made it, as its file says; null: it does not.</param>
/// <param name="Licence">Its licence's SPDX identifier; null: none is given.</param>
/// <param name="Visibility">public, unlisted or private.</param>
/// <param name="Revision">The number of its newest revision; the first is 1.</param>
/// <param name="Content">SHA-256 of what determines its sound: equal on every machine; null: not known.</param>
/// <param name="Tags">Its tags.</param>
/// <param name="Stars">Mean of its stars, 1 to 5; null: not rated.</param>
/// <param name="Ratings">How many have rated it.</param>
/// <param name="Comments">How many comments it has.</param>
/// <param name="CreatedUtc">When it was saved.</param>
/// <param name="Bundled">Whether it came with the program.</param>
/// <param name="Arms">Its two arms.</param>
/// <param name="File">Address of its file, from the site's root.</param>
/// <param name="Page">The page that shows it, from the site's root.</param>
public sealed record ApiPreset(
    string Id, string Name, string Description, string? Prompt, double Seconds, IReadOnlyList<ApiSteer> Steers, string SaeHash, string SaeName, string CodecHash, string Author, string? Credit, string? Licence,
    PresetVisibility Visibility, int Revision, string? Content, IReadOnlyList<string> Tags, double? Stars, int Ratings, int Comments, DateTimeOffset CreatedUtc, bool Bundled, IReadOnlyList<ApiArm> Arms, string File, string Page)
{
    internal static ApiPreset Of(PresetRow row) => new(
        row.Id, row.Name, row.Description, row.Prompt, row.Seconds, [.. row.Steers.Select(steer => new ApiSteer(steer.Feature, steer.Strength, steer.Mode, steer.P99))], row.SaeHash, row.SaeName, row.CodecHash, row.Author,
        row.Credit, row.Licence, row.Visibility, row.Revision, row.Content, row.Tags, row.MeanStars, row.Ratings, row.Comments, row.CreatedUtc, row.Shipped, ArmsOf($"{ApiSetup.Root}/presets/{row.Id}"),
        $"{ApiSetup.Root}/presets/{row.Id}.json", $"/presets/{row.Id}");

    /// <summary>The same as a link opens it: its addresses are the link's.</summary>
    internal ApiPreset Through(string word) => this with
    {
        Arms = ArmsOf($"{ApiSetup.Root}/shared/{word}"), File = $"{ApiSetup.Root}/shared/{word}/preset.json", Page = "/" + PresetTalk.PageOf(word),
    };

    private static ApiArm[] ArmsOf(string address) => [.. new[] { PresetArms.Baseline, PresetArms.Steered }.Select(arm => new ApiArm(arm, $"{address}/{arm}.wav"))];
}

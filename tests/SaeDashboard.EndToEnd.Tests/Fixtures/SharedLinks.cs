using System.Net.Http.Json;
using System.Text.Json;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>Links to a bundled preset.</summary>
internal static class SharedLinks
{
    /// <summary>The id of the bundled preset whose links are tested.</summary>
    public static async Task<string> PresetAsync(SiteProcess site)
    {
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };
        var list = await http.GetFromJsonAsync<JsonElement>(new Uri("api/v1/presets?limit=100", UriKind.Relative), TestContext.Current.CancellationToken);
        return list.GetProperty("items").EnumerateArray().First(each => each.GetProperty("bundled").GetBoolean()).GetProperty("id").GetString()!;
    }

    /// <summary>Makes a link; gives its word.</summary>
    public static async Task<string> MakeAsync(SiteProcess site)
    {
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };
        var answer = await http.PostAsync(new Uri($"api/v1/presets/{await PresetAsync(site)}/links", UriKind.Relative), null, TestContext.Current.CancellationToken);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("word").GetString()!;
    }
}

using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>A second take for pages that show two: the first one's folder again, with another prompt.</summary>
internal static class SecondTake
{
    private static string? made;

    /// <summary>The id of the take; the site has seen it.</summary>
    public static async Task<string> MakeAsync(SiteProcess site, string first)
    {
        if (made is not null) return made;
        var from = new TakeFolder(Path.Combine(site.Data, "takes", first));
        // Older than the first, so that the newest take stays the one that others made.
        var id = string.Concat("take-20260102-000000-", Ids.New("take").AsSpan()[^4..]);
        var folder = Path.Combine(site.Data, id);
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(from.Path)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(from.ManifestPath, TestContext.Current.CancellationToken))!;
        (manifest["id"], manifest["settings"]!["prompt"]) = (id, "the same again");
        await File.WriteAllTextAsync(Path.Combine(folder, "take.json"), manifest.ToJsonString(), TestContext.Current.CancellationToken);
        Directory.Move(folder, Path.Combine(site.Data, "takes", id));
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };
        await Poll.UntilAsync("the site lists the second take", TimeSpan.FromSeconds(20), async () =>
            (await http.GetStringAsync(new Uri("api/v1/takes?limit=100", UriKind.Relative), TestContext.Current.CancellationToken)).Contains(id, StringComparison.Ordinal));
        return made = id;
    }
}

using SaeDashboard.Storage;
using SaeDashboard.Web.Tests.Api;
using Microsoft.Extensions.DependencyInjection;

namespace SaeDashboard.Web.Tests.Presets;

/// <summary>What the pages of presets say to programs that preview links: the name and the sound of what is shared, and nothing of what is private.</summary>
public sealed class PresetPreviewTests(ApiSite site) : IClassFixture<ApiSite>
{
    [Fact]
    public async Task A_shared_preset_has_preview_tags_and_a_private_one_has_none()
    {
        var (presets, links) = (site.App.Services.GetRequiredService<PresetRepository>(), site.App.Services.GetRequiredService<PresetLinkRepository>());
        const string Name = "Loud \"taiko\" <b>";
        var id = presets.Add(PresetFixture.Demo() with { Name = Name, Description = "What a <script> says" }, site.Person);
        var word = links.Add(id, site.Person);
        var page = await PageAsync($"/p/{word}");
        Assert.Contains("<meta property=\"og:title\" content=\"Loud &quot;taiko&quot; &lt;b&gt;\"", page, StringComparison.Ordinal);
        Assert.Contains($"<meta property=\"og:audio\" content=\"{site.Http.BaseAddress}api/v1/shared/{word}/steered.wav\"", page, StringComparison.Ordinal);
        Assert.Contains("What a &lt;script&gt; says", page, StringComparison.Ordinal);
        Assert.DoesNotContain("noindex", page, StringComparison.Ordinal);
        Assert.Contains("og:title", await PageAsync($"/presets/{id}"), StringComparison.Ordinal);
        presets.SetVisibility(id, PresetVisibility.Unlisted, site.Person);
        Assert.Contains("noindex", await PageAsync($"/p/{word}"), StringComparison.Ordinal);
        Assert.DoesNotContain("og:title", await PageAsync($"/presets/{id}"), StringComparison.Ordinal);
        presets.SetVisibility(id, PresetVisibility.Private, site.Person);
        foreach (var address in new[] { $"/p/{word}", $"/presets/{id}" }) Assert.DoesNotContain("property=\"og:", await PageAsync(address), StringComparison.Ordinal);
        Assert.DoesNotContain("taiko", await PageAsync($"/p/{word}"), StringComparison.OrdinalIgnoreCase);
        // Another person's page of it does not exist.
        var theirs = presets.Add(PresetFixture.Demo() with { Name = "Secret cello", Seed = 8 }, new Actor("bob", "Bob"), PresetVisibility.Private);
        Assert.DoesNotContain("Secret cello", await PageAsync($"/presets/{theirs}"), StringComparison.Ordinal);
        Assert.DoesNotContain("Secret cello", await PageAsync("/presets"), StringComparison.Ordinal);
        Assert.DoesNotContain("Secret cello", await PageAsync("/"), StringComparison.Ordinal);
    }

    private async Task<string> PageAsync(string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "Accept", "text/html" } } };
        using var answer = await site.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}

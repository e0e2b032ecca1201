using System.Text.Json;
using Microsoft.Playwright;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>The shipped SAE, which stays what it is however many others a test trains.</summary>
internal static class DemoSae
{
    /// <summary>A feature that one hears at once: the shipped preset of this name turns it up.</summary>
    public const int Taiko = 1337;

    /// <summary>SHA-256 of its weights.</summary>
    public static string Hash { get; } = JsonDocument.Parse(File.ReadAllText(Path.Combine(Clone.Demo, "sae", "index", "index.json"))).RootElement.GetProperty("saeHash").GetString()!;

    /// <summary>The address of one of its features.</summary>
    public static async Task<string> FeatureAsync(IPage page, int feature) => $"features/{await IdAsync(page)}/{feature}";

    /// <summary>Its id in addresses, read off the shipped preset's page.</summary>
    public static async Task<string> IdAsync(IPage page)
    {
        await page.GotoAsync("presets");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Taiko", Exact = true }).First.ClickAsync();
        var href = await page.Locator($".facts a[href*='/{Taiko}']").First.GetAttributeAsync("href");
        return href!.Split('/')[1];
    }
}

using System.Text;
using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Pages;

/// <summary>
/// What every page looks like, for docs/screens/. Only when SAE_SCREENS names a folder: the page tests then leave their pictures there,
/// and at the end they are laid side by side (scripts/screens.sh).
/// </summary>
internal static class ContactSheet
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("SAE_SCREENS") is { Length: > 0 } folder ? Path.GetFullPath(folder) : null;

    /// <summary>Whether pictures are asked for.</summary>
    public static bool IsWanted => Folder is not null;

    /// <summary>Takes a picture of what the window shows.</summary>
    public static async Task ShootAsync(Visit visit, SiteProcess site, string name, int width, string theme)
    {
        if (Folder is null) return;
        Directory.CreateDirectory(Folder);
        // The path of this clone must not appear in the images.
        await visit.Page.EvaluateAsync(
            """
            folders => {
              const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              while (texts.nextNode()) for (const [from, to] of folders) if (texts.currentNode.data.includes(from)) texts.currentNode.data = texts.currentNode.data.replaceAll(from, to);
            }
            """, new[] { new[] { site.Data, "/home/me/SaeDashboard/data" }, new[] { Clone.Root, "/home/me/SaeDashboard" } });
        await visit.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Folder, $"{width}-{theme}-{name}.png") });
    }

    /// <summary>Lays the pictures of each width and theme on one sheet.</summary>
    public static async Task WriteAsync(IBrowser browser)
    {
        if (Folder is null || !Directory.Exists(Folder)) return;
        foreach (var (width, shown, columns) in new[] { (2560, 1000, 2), (1440, 800, 2), (720, 480, 4), (390, 300, 5) })
        {
            foreach (var theme in new[] { "dark", "light" })
            {
                var prefix = $"{width}-{theme}-";
                var pictures = Directory.GetFiles(Folder, prefix + "*.png").Order(StringComparer.Ordinal).ToArray();
                if (pictures.Length == 0) continue;
                var (ground, ink) = theme == "dark" ? ("#000", "#aaa") : ("#fff", "#555");
                var html = new StringBuilder($"<body style='margin:0;padding:16px;background:{ground};color:{ink};font:13px sans-serif'><div style='display:grid;gap:16px;grid-template-columns:repeat({columns},{shown}px)'>");
                foreach (var picture in pictures)
                {
                    var data = Convert.ToBase64String(await File.ReadAllBytesAsync(picture));
                    html.Append($"<figure style='margin:0'><img width='{shown}' src='data:image/png;base64,{data}'><figcaption>{Path.GetFileNameWithoutExtension(picture)[prefix.Length..]}</figcaption></figure>");
                }
                var sheet = await browser.NewPageAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = (shown + 16) * columns + 16, Height = 800 } });
                await sheet.SetContentAsync(html.Append("</div>").ToString());
                await sheet.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Folder, $"{width}-{theme}.jpg"), Type = ScreenshotType.Jpeg, Quality = 82, FullPage = true });
                await sheet.CloseAsync();
            }
        }
    }
}

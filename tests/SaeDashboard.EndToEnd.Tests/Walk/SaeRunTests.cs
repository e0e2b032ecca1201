using System.Text.RegularExpressions;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Tensors;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>An SAE is made of a checkpoint of a run at another point of a layer, and one that was put into the data folder gets its index.</summary>
public sealed class SaeRunTests(SharedSite shared, BrowserFixture browser)
{
    private static readonly LocatorAssertionsToHaveAttributeOptions Patience = new() { Timeout = 120_000 };

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_checkpoint_becomes_an_SAE_and_an_imported_SAE_is_indexed()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "runs/new");
        var page = visit.Page;
        // Filled first: what a test before left in the form is dropped then.
        await RunForm.FillAsync(page, steps: 60);
        await RunForm.ChooseAsync(page, "point", "mlp_out");
        var advanced = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Advanced" });
        await Assertions.Expect(advanced).ToHaveAttributeAsync("aria-expanded", "false");
        await advanced.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(advanced).ToHaveAttributeAsync("aria-expanded", "true");
        await page.Locator("#run-warm-up").FillAsync("0.1");
        await page.GetByRole(AriaRole.Switch, new PageGetByRoleOptions { Name = "Evaluate after training" }).CheckAsync();
        await page.Locator("#run-evaluation-clips").FillAsync("2");
        var before = Directory.GetDirectories(Path.Combine(site.Data, "runs"), "run-*").Length;
        var id = await RunForm.StartAsync(page, steps: 60);
        Assert.Equal(before + 1, Directory.GetDirectories(Path.Combine(site.Data, "runs"), "run-*").Length);
        await DoneAsync(page);
        await Assertions.Expect(page.Locator("body")).ToContainTextAsync("layer 4, mlp_out", new LocatorAssertionsToContainTextOptions { IgnoreCase = true });

        var trained = JsonFile.Read<RunPlan>(Path.Combine(site.Data, "runs", id, "config.json"));
        Assert.Equal((0.1, 2), (trained.Train.Values.WarmUp, trained.Evaluation?.Clips));
        await Assertions.Expect(page.Locator("[data-stage=evaluate]")).ToHaveAttributeAsync("data-state", "done");
        await Assertions.Expect(page.Locator(".run-evaluation tbody")).ToContainTextAsync(new Regex(@"SAE\s*0\.\d+\s*0\.\d+.*PCA, 1[5-7] directions", RegexOptions.Singleline), new LocatorAssertionsToContainTextOptions { Timeout = 30_000 });

        // Of any saved state: the first that is listed.
        await page.Locator("[data-checkpoint]").First.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Make an SAE" }).DblClickAsync();
        await page.WaitForFunctionAsync("id => (document.querySelector('[data-run]')?.dataset.run ?? id) !== id", id);
        await DoneAsync(page);
        await Assertions.Expect(page.Locator(".run-origin")).ToContainTextAsync("SAE of checkpoint");
        var made = (await page.Locator("[data-run]").GetAttributeAsync("data-run"))!;
        var plan = JsonFile.Read<RunPlan>(Path.Combine(site.Data, "runs", made, "config.json"));
        // A double click makes one.
        Assert.Single(Directory.GetDirectories(Path.Combine(site.Data, "runs"), "run-*"), run => JsonFile.Read<JsonObject>(Path.Combine(run, "config.json"))["kind"]?.GetValue<string>() == "export");
        Assert.Equal(("layers.4.mlp_out", RunKind.Export), (SaeFolders.Inspect(plan.SaePath).Config.Metadata.HookName, plan.Kind));
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Open features" }).ClickAsync();
        await page.Locator("tr[data-feature]").First.WaitForAsync();

        // Someone else's: the weights without an index.
        var bare = Path.Combine(site.Data, "saes", "bare");
        Directory.CreateDirectory(bare);
        foreach (var file in Directory.GetFiles(plan.SaePath)) File.Copy(file, Path.Combine(bare, Path.GetFileName(file)));
        FewClips(site);
        await visit.GoAsync("data");
        var row = page.Locator($"[data-path='{bare}']");
        await Assertions.Expect(row).ToContainTextAsync("has no feature index yet", new LocatorAssertionsToContainTextOptions { Timeout = 30_000 });
        await row.GetByLabel("Dataset to index bare on").SelectOptionAsync(new SelectOptionValue { Label = "few" }, new LocatorSelectOptionOptions { Timeout = 30_000 });
        await row.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Index the features of bare" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-run]")).ToBeVisibleAsync();
        await DoneAsync(page);
        await visit.GoAsync("data");
        await Assertions.Expect(row.GetByRole(AriaRole.Link, new LocatorGetByRoleOptions { Name = "bare" })).ToBeVisibleAsync(new LocatorAssertionsToBeVisibleOptions { Timeout = 30_000 });
        await Assertions.Expect(row).ToContainTextAsync("layers.4.mlp_out");

        // Names come without being asked for. A job chooses clips to test them on, and they are made again with scores.
        await visit.GoAsync("saes/bare");
        var names = page.Locator("[aria-labelledby=sae-names]");
        await Assertions.Expect(names).ToContainTextAsync("words of captions and descriptors of the sound", new LocatorAssertionsToContainTextOptions { Timeout = 30_000 });
        await Assertions.Expect(names).ToContainTextAsync("no clips to test names on were chosen");
        await names.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Choose clips to test names on" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-run]")).ToBeVisibleAsync();
        await DoneAsync(page);
        await Assertions.Expect(page.Locator(".run-stages")).ToContainTextAsync("clips chosen");
        await visit.GoAsync("saes/bare");
        await Assertions.Expect(names).ToContainTextAsync("3 clips (half of select)", new LocatorAssertionsToContainTextOptions { Timeout = 30_000 });
        await Poll.UntilAsync("names are made again for the test clips", TimeSpan.FromSeconds(30), () => File.ReadLines(Path.Combine(bare, "index", "suggestions.jsonl")).First().Contains("\"clips\"", StringComparison.Ordinal));
        visit.AssertNoFaults();
    }

    /// <summary>A few of the demo's clips as a data set of their own, so that an index takes seconds.</summary>
    private static void FewClips(SiteProcess site)
    {
        const int frames = 120;
        using var demo = ClipDataset.Open(Path.Combine(Clone.Root, "demo", "dataset"));
        var clips = demo.InSplit("sae-train").Take(12).Concat(demo.InSplit("select").Take(6)).ToArray();
        var folder = Path.Combine(site.Data, "datasets", "few");
        Directory.CreateDirectory(folder);
        var codes = clips.SelectMany(clip => Enumerable.Range(0, demo.Codebooks).SelectMany(codebook => Enumerable.Range(0, frames).Select(frame => (short)demo.Codes(clip)[codebook, frame]))).ToArray();
        var writer = new SafetensorsWriter();
        writer.Add("codes", codes, clips.Length, demo.Codebooks, frames);
        writer.Save(Path.Combine(folder, "codes.safetensors"));
        File.WriteAllLines(Path.Combine(folder, "metadata.jsonl"), clips.Select(clip => JsonSerializer.Serialize(new { id = clip.Id, split = clip.Split, caption = clip.Caption, seconds = frames / 50.0 })));
    }

    private static Task DoneAsync(IPage page) => Assertions.Expect(page.Locator("[data-run]")).ToHaveAttributeAsync("data-state", RunState.Done.Name(), Patience);
}

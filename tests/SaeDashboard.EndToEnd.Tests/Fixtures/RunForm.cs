using System.Globalization;
using Microsoft.Playwright;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>Fills the form of a new run: small enough for a test.</summary>
internal static class RunForm
{
    /// <summary>Starts a run and waits for its page. Gives the run's id.</summary>
    /// <param name="page">At runs/new.</param>
    /// <param name="steps">Steps of 256 columns.</param>
    public static async Task<string> StartAsync(IPage page, int steps = 400)
    {
        await FillAsync(page, steps);
        // As impatient people do: a second press starts nothing (SaeRunTests counts).
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Start the run" }).DblClickAsync();
        await page.Locator("[data-run]").WaitForAsync();
        return (await page.Locator("[data-run]").GetAttributeAsync("data-run"))!;
    }

    /// <summary>Fills the fields without starting anything.</summary>
    public static async Task FillAsync(IPage page, int steps)
    {
        // What a test before typed and did not start is still there.
        var over = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Start over" });
        if (await over.IsVisibleAsync())
        {
            await over.ClickAsync();
            await over.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        }
        var values = new Dictionary<string, string>
        {
            ["clips"] = "40", ["latents"] = "256", ["k"] = "16", ["batch"] = "256", ["steps"] = steps.ToString(CultureInfo.InvariantCulture),
        };
        foreach (var (field, value) in values) await page.Locator($"#run-{field}").FillAsync(value);
    }

    /// <summary>Chooses one of a list's values.</summary>
    /// <param name="page">At runs/new.</param>
    /// <param name="field">The field's id without "run-".</param>
    /// <param name="value">As it is read.</param>
    public static async Task ChooseAsync(IPage page, string field, string value)
    {
        await page.Locator($"#run-{field}").ClickAsync();
        await page.GetByRole(AriaRole.Option, new PageGetByRoleOptions { Name = value, Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator($"#run-{field}")).ToHaveValueAsync(value);
    }
}

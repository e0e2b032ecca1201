using System.Diagnostics;
using System.Text.Json;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>The rule by which streamed sound starts, run by node as the browser runs it.</summary>
public sealed class StartRuleTests
{
    [Fact]
    public async Task It_starts_when_the_buffer_covers_what_is_made_too_slowly_and_a_third_of_a_second()
    {
        var answers = await RunAsync("""
            console.log(JSON.stringify([
              canStart({ buffered: 4.31, remaining: 8, speed: .5 }), canStart({ buffered: 4.29, remaining: 8, speed: .5 }),
              canStart({ buffered: .31, remaining: 8, speed: 2 }), canStart({ buffered: .29, remaining: 8, speed: 2 }),
              canStart({ buffered: 1, remaining: 8, speed: null }), canStart({ buffered: .1, remaining: .1, speed: null }),
              secondsUntilStart({ buffered: 2, remaining: 8, speed: .5 }), secondsUntilStart({ buffered: 2, remaining: 8, speed: null }),
            ]));
            """);
        Assert.Equal("[true,false,true,false,false,true,4.6,null]", answers);
    }

    [Fact]
    public async Task Sound_that_is_made_in_pieces_at_an_even_speed_never_runs_dry_and_starts_soon()
    {
        // Pieces of .5 s, one every .5 / speed seconds; the ear starts as the rule says and must never pass what is made.
        var answers = await RunAsync("""
            const bad = [];
            for (const total of [4, 8, 30]) for (const grain of [.2, .5, 1]) for (let speed = .1; speed < 4; speed *= 1.07) {
              let began = null, dry = null;
              const made = time => Math.min(total, Math.floor(time * speed / grain + 1e-9) * grain);
              for (let time = 0; time < 2 * total / speed + total; time += .01) {
                const position = began === null ? 0 : Math.min(total, time - began), buffered = made(time) - position;
                if (began === null && made(time) > grain && canStart({ buffered, remaining: total, speed, grain })) began = time;
                if (began !== null && position < total && buffered < -.011) dry ??= time;
              }
              const soonest = Math.max(0, total / speed - total);
              if (dry !== null || began === null || began > soonest + (2 * grain + .3) / speed + .02) bad.push({ total, grain, speed, began, dry, soonest });
            }
            console.log(JSON.stringify(bad));
            """);
        Assert.Equal("[]", answers);
    }

    private static async Task<string> RunAsync(string script)
    {
        var module = new Uri(Path.Combine(Repository.Root, "wwwroot", "js", "audio", "start-rule.js"));
        // The file is a module by its place in the page, not by its name: node takes its text.
        var source = await File.ReadAllTextAsync(module.LocalPath, TestContext.Current.CancellationToken);
        var program = $"const {{ canStart, secondsUntilStart }} = await import({JsonSerializer.Serialize("data:text/javascript," + Uri.EscapeDataString(source))});\n{script}";
        using var node = Process.Start(new ProcessStartInfo("node", ["--input-type=module", "-e", program]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(node.ExitCode == 0, await errors);
        return output.Trim();
    }
}

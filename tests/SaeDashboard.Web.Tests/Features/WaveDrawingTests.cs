using System.Diagnostics;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>The browser's drawing of a clip, run in Node.js: ink and wave stand where they sound.</summary>
public sealed class WaveDrawingTests
{
    private const string Script = """
        import { inkOfBars, heightOfBars, barsIn } from './wave-drawing.js';
        let seed = 1;
        const random = n => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
        for (let round = 0; round < 300; round++) {
          const frameRate = [50, 25, 75][random(3)], count = 20 + random(800), duration = count / frameRate, bars = barsIn(60 + random(1600));
          const frames = [...new Set(Array.from({ length: 1 + random(20) }, () => random(count)))].sort((a, b) => a - b);
          const values = frames.map(() => (1 + random(999)) / 1000);
          const ink = inkOfBars({ duration, frameRate, frames, values }, bars), perBar = duration / bars;
          // Bar by bar: the largest of the frames that share time with it (or lie within it).
          for (let bar = 0; bar < bars; bar++) {
            let wanted = 0;
            frames.forEach((frame, i) => {
              const shared = Math.min((frame + 1) / frameRate, (bar + 1) * perBar) - Math.max(frame / frameRate, bar * perBar);
              if (shared > 1e-5 * perBar) wanted = Math.max(wanted, values[i]);
            });
            if (Math.abs(ink[bar] - wanted) > 1e-6) throw new Error(`bar ${bar} of ${bars}: ${ink[bar]}, not ${wanted} (${count} frames at ${frameRate})`);
          }
        }
        // A click in the middle of a second of silence is drawn in the middle.
        const values = new Array(1200).fill(0);
        values[2 * 300] = -100;
        const heights = heightOfBars({ values }, 200);
        if (heights[100] !== 1 || heights.filter(height => height > 0).length !== 1) throw new Error('the click is not where it sounds');
        console.log('drawn right');
        """;

    [Fact]
    public async Task Ink_and_wave_are_drawn_where_they_sound()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Repository.Root, "wwwroot", "js", "features", "wave-drawing.js"), folder["wave-drawing.js"]);
        await File.WriteAllTextAsync(folder["package.json"], """{ "type": "module" }""", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["check.js"], Script, TestContext.Current.CancellationToken);
        using var node = Process.Start(new ProcessStartInfo("node", ["check.js"]) { WorkingDirectory = folder.Path, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(said.Trim() == "drawn right", said + await error);
    }
}

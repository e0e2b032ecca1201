using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>Twenty hear one running take over the site's hub, one of them at 1 KB a second: what the others and the generation notice of it.</summary>
public sealed class ListenersTests(SharedSite shared)
{
    private const int Frames = 500, Others = 18, Second = RunningTake.Rate;

    // Of a live take: what it is made ahead of the ear, and how far behind its newest sample one joins.
    private const double Lead = 0.3, Join = 1;

    // Pairs of a take that one hears and one that twenty hear. The median of so many lies between the 7th and the 18th smallest with a confidence of 97.7 %
    // (the binomial distribution of how many are below it).
    private const int Pairs = 24, Lowest = 6, Highest = 17;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Length", "Long")]
    public async Task Twenty_hear_a_running_take_one_at_1_KB_a_second_no_other_runs_dry_and_a_step_costs_the_same()
    {
        var site = await shared.GetAsync();
        using var worker = RunningTake.Worker(site);
        // Loads the model.
        using (var warm = await RunningTake.StartAsync(site, worker, 100, waitSeconds: 0)) await warm.DoneAsync();
        var (alone, heard) = (new List<Round>(), new List<Round>());
        for (var pair = 0; pair < (Report.Strict ? Pairs : 1); pair++)
        {
            // In turn, so that the machine's other work falls on both.
            foreach (var many in pair % 2 == 0 ? new[] { false, true } : [true, false]) (many ? heard : alone).Add(await HearAsync(site, worker, many));
        }
        var ratios = alone.Zip(heard, (without, with) => with.Processor / without.Processor).Order().ToArray();
        var ratio = (ratios[ratios.Length / 2] + ratios[(ratios.Length - 1) / 2]) / 2;
        var (outputAlone, outputHeard) = (alone.Average(round => round.Output), heard.Average(round => round.Output));
        var slowest = heard.Max(round => round.Late);
        Report.Figure("Twenty listeners of a running take, one at 1 KB/s", $"each sample came at least {-slowest:F3} s before it was due ({-alone.Max(round => round.Late):F3} s with one listener alone); processor time of a step {1000 * heard.Average(round => round.Processor):F2} ms, ratio {ratio:F3} of {ratios.Length} pairs ({ratios[0]:F3} to {ratios[^1]:F3}{(Report.Strict ? $", their median between {ratios[Lowest]:F3} and {ratios[Highest]:F3}" : "")}); giving out {Frames} columns took the generation {1000 * outputHeard:F1} ms, {1000 * outputAlone:F1} ms with one listener");
        if (!Report.Strict) return;
        Assert.True(slowest <= 0, $"one of them ran dry by {slowest:F3} s");
        Assert.True(ratios[Highest] <= 1.02, $"{ratios[Highest]:F3}");
        // It waits for no listener: its output costs the same for twenty as for one.
        Assert.True(outputHeard - outputAlone < 0.001 * Frames / 50, $"{outputHeard:F4} s, {outputAlone:F4} s with one listener");
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task The_ear_does_not_run_dry_where_the_model_s_next_window_begins()
    {
        var site = await shared.GetAsync();
        using var worker = RunningTake.Worker(site);
        // A window ends after 480 frames.
        var late = (await HearAsync(site, worker, many: false, frames: 600)).Late;
        Report.Figure("A live take across the beginning of a window", $"each sample came at least {-late:F3} s before it was due");
        if (Report.Strict) Assert.True(late <= 0, $"it ran dry by {late:F3} s");
    }

    /// <summary>One take to its end.</summary>
    private static async Task<Round> HearAsync(SiteProcess site, HttpClient worker, bool many, int frames = Frames)
    {
        using var take = await RunningTake.StartAsync(site, worker, frames);
        await Poll.UntilAsync("the take begins", TimeSpan.FromSeconds(60), () => take.Samples(TakeArms.Steered) > 0);
        using var owner = await Ear.OpenAsync(site, take.Id, 0);
        var playing = owner.PlayAsync(isOwner: true);
        await Poll.UntilAsync("it is heard", TimeSpan.FromSeconds(60), () => take.Samples(TakeArms.Steered) > 1.4 * Second);
        var others = new List<Ear>();
        using var slow = many ? await HubSocket.OpenAsync(new Uri(site.Url), Stop) : null;
        var (slowly, slowEnded) = (new List<short>(), Task.CompletedTask);
        if (slow is not null)
        {
            slow.BytesPerSecond = 1_000;
            slowEnded = Task.Run(async () =>
            {
                await slow.CallAsync(4, "Follow", [take.Id, "C", 0, null!], Stop);
                await foreach (var chunk in Ear.ChunksAsync(slow)) slowly.AddRange(MemoryMarshal.Cast<byte, short>(chunk.GetProperty("samples").GetBytesFromBase64()).ToArray());
            }, Stop);
            var from = take.Samples(TakeArms.Steered) - (long)(Join * Second);
            for (var i = 0; i < Others; i++) others.Add(await Ear.OpenAsync(site, take.Id, from));
        }
        var played = others.Select(ear => ear.PlayAsync(isOwner: false)).ToArray();

        // The cost of a step while all of them listen.
        using var process = Process.GetProcessById(Assert.Single(site.Workers("serve")));
        var (columns, time) = (take.Samples(TakeArms.Steered), process.TotalProcessorTime);
        await Poll.UntilAsync("it is nearly made", TimeSpan.FromSeconds(120), () => take.Samples(TakeArms.Steered) >= (frames - 30) * RunningTake.Hop);
        process.Refresh();
        var processor = (process.TotalProcessorTime - time).TotalSeconds / ((take.Samples(TakeArms.Steered) - columns) / (double)RunningTake.Hop);
        await Task.WhenAll([playing, .. played]);
        await take.DoneAsync();
        if (slow is not null)
        {
            Assert.False(slowEnded.IsCompleted, "the slow line has the whole take: it was not slow");
            Assert.True(slow.Received < 40_000, $"{slow.Received} bytes");
            // It lost nothing.
            slow.BytesPerSecond = 0;
            await slowEnded;
            Assert.Equal(owner.Heard, slowly);
        }
        foreach (var ear in others)
        {
            Assert.Equal(owner.Heard.Skip((int)ear.First), ear.Heard);
            ear.Dispose();
        }
        Assert.Equal(frames * RunningTake.Hop, owner.Heard.Count);
        var ended = await take.EndAsync();
        Assert.Equal(GenerationEventType.Done, ended.Type);
        return new Round(processor, ended.OutputSeconds!.Value, others.Append(owner).Max(ear => ear.Late));
    }

    /// <summary>What a round measured.</summary>
    /// <param name="Processor">Processor seconds of the worker for a column.</param>
    /// <param name="Output">Seconds of the whole take that its generation was busy with giving out.</param>
    /// <param name="Late">Of the listener that came nearest to running dry: how long after its moment a sample came, seconds; negative: before it.</param>
    private sealed record Round(double Processor, double Output, double Late);

    /// <summary>A listener that plays as the page does, by the clock.</summary>
    private sealed class Ear(HubSocket stream, HubSocket reports, string take, long first) : IDisposable
    {
        // A live take starts to sound with this much of its lead (start-rule.js).
        private const double Starts = Lead - 0.12;

        public long First => first;

        public List<short> Heard { get; } = [];

        /// <summary>The largest delay of a sample after the moment when it was due.</summary>
        public double Late { get; private set; } = double.NegativeInfinity;

        public static async Task<Ear> OpenAsync(SiteProcess site, string take, long first) =>
            new(await HubSocket.OpenAsync(new Uri(site.Url), Stop), await HubSocket.OpenAsync(new Uri(site.Url), Stop), take, first);

        public async Task PlayAsync(bool isOwner)
        {
            await stream.CallAsync(4, "Follow", [take, "C", first, null!], Stop);
            Stopwatch? clock = null;
            using var over = new CancellationTokenSource();
            var reporting = Task.CompletedTask;
            await foreach (var chunk in ChunksAsync(stream))
            {
                var had = Heard.Count;
                Heard.AddRange(MemoryMarshal.Cast<byte, short>(chunk.GetProperty("samples").GetBytesFromBase64()).ToArray());
                if (Heard.Count == had) continue;
                if (clock is not null) Late = Math.Max(Late, clock.Elapsed.TotalSeconds - ((double)had / Second));
                if (clock is not null || Heard.Count < Starts * Second) continue;
                clock = Stopwatch.StartNew();
                if (isOwner) reporting = ReportAsync(clock, over.Token);
            }
            await over.CancelAsync();
            await reporting;
        }

        public static async IAsyncEnumerable<JsonElement> ChunksAsync(HubSocket socket)
        {
            await foreach (var message in socket.MessagesAsync(Stop))
            {
                if (message.GetProperty("type").GetInt32() == 3)
                {
                    Assert.False(message.TryGetProperty("error", out var error), error.ToString());
                    yield break;
                }
                yield return message.GetProperty("item");
            }
        }

        public void Dispose()
        {
            stream.Dispose();
            reports.Dispose();
        }

        /// <summary>Says where the ear is, ten times a second, until the take is over.</summary>
        private async Task ReportAsync(Stopwatch clock, CancellationToken over)
        {
            while (!over.IsCancellationRequested)
            {
                await reports.CallAsync(1, "Hear", [take, first + (long)(clock.Elapsed.TotalSeconds * Second), true], Stop);
                await foreach (var answer in reports.MessagesAsync(Stop))
                {
                    Assert.False(answer.TryGetProperty("error", out var error), error.ToString());
                    break;
                }
                try
                {
                    await Task.Delay(100, over);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }
}

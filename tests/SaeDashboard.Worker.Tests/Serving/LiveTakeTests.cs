using System.Net;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>Knobs that are turned while a take is generated.</summary>
public sealed class LiveTakeTests(ServeProcessFixture serve) : IClassFixture<ServeProcessFixture>
{
    private const int Hop = 320;
    private const int Frames = 220;

    private static readonly TakeSteer Drawn = new(526, 1.5, "add", 0) { Envelope = [new(0, 0), new(40, 1), new(150, 0.3), new(200, 1)] };
    private static readonly TakeSteer Clamped = new(1337, 1, "clamp", 0) { Onset = 20, Muted = true };
    private static readonly TakeSettings Settings = ServeProcessFixture.Settings(Frames, Drawn, Clamped) with
    {
        Arms = [TakeArms.Baseline, TakeArms.Steered, TakeArms.Reversed, TakeArms.Random, TakeArms.Reconstruction],
        Live = new TakeLive { WaitSeconds = 60 },
    };

    [Fact]
    [Trait("Length", "Long")]
    public async Task Five_moves_and_an_envelope_are_made_again_from_the_take_s_file_and_the_other_arms_do_not_change()
    {
        var fires = await LiveTake.SometimesFiring(serve, 40);
        using var live = await LiveTake.Start(serve, Settings with { Steers = [Drawn, Clamped with { Condition = new(fires, 0.02, 0) }] });
        Knob[][] moves = [[new(0, 3)], [new(1, 2)], [new(0, -2), new(1, 0.5)], [new(1, 0.5, Muted: true)], [new(0, 2.5)]];
        var answers = new List<KnobsAnswer>();
        foreach (var (turn, knobs) in moves.Index())
        {
            // The listener moves on by 0.7 s; the sound is 0.2 s ahead of them when the knob is turned, 0.06 s ahead of what is heard.
            var playhead = 35 * turn * Hop;
            await live.Hear(playhead);
            var seen = live.Events.Count;
            await live.Until(happened => happened is { Type: GenerationEventType.Columns } && happened.Samples >= playhead + 10 * Hop, Math.Max(0, seen - 1));
            answers.Add(await live.Turn(35 * turn + 3, knobs));
        }
        await live.Hear(Frames * Hop);
        Assert.Equal(GenerationEventType.Done, (await live.End()).Type);

        Assert.Equal([1, 2, 3, 4, 5], answers.Select(answer => answer.Revision));
        var revisions = live.Events.Where(happened => happened.Type == GenerationEventType.Revision).ToArray();
        Assert.Equal(answers.Select(answer => ((int?)answer.Revision, (long?)answer.FromSample, (int?)answer.FromColumn)), revisions.Select(happened => (happened.Revision, happened.FromSample, happened.Column)));
        // Obsolete from a little before the column on: the delay, and what the codec sees ahead.
        Assert.All(answers, answer => Assert.InRange(answer.FromSample, Math.Max(0, (answer.FromColumn - 14) * Hop), answer.FromColumn * Hop));
        Assert.Equal(answers.Select(answer => answer.FromSample).Min(), RevisionLog.StaleFrom(live.Folder.WavPath(TakeArms.Steered), 0));
        Assert.Equal((5, 5, 0, 0), (Revisions(live, TakeArms.Steered), Revisions(live, TakeArms.Reversed), Revisions(live, TakeArms.Baseline), Revisions(live, TakeArms.Random)));

        var take = live.Folder.ReadManifest();
        Assert.Equal((TakeState.Done, 5), (take.State, take.Revision));
        Assert.Equal([3, 38, 73, 73, 108, 143], take.Settings.Moves!.Select(move => move.Column));
        Assert.All(take.Settings.Steers, steer => Assert.True(steer.P99 > 0));
        Assert.True(take.Settings.Steers[1].Condition!.P99 > 0);

        // From its file alone.
        var kept = JsonFile.Read<TakeManifest>(live.Folder.ManifestPath);
        var before = take.Settings.Arms.ToDictionary(arm => arm, arm => File.ReadAllBytes(live.Folder.WavPath(arm)));
        var traces = File.ReadAllText(live.Folder.TracesPath(TakeArms.Steered));
        Directory.Delete(live.Folder.Path, recursive: true);
        var again = await serve.Make(kept.Settings with { Live = kept.Settings.Live! with { WaitSeconds = 0 } });
        Assert.True(again.HookCalls > 0);
        foreach (var arm in take.Settings.Arms) Assert.True(before[arm].AsSpan().SequenceEqual(File.ReadAllBytes(serve.Take(again.Id).WavPath(arm))), $"arm {arm} differs");
        Assert.Equal(traces, File.ReadAllText(serve.Take(again.Id).TracesPath(TakeArms.Steered)));

        // Without the moves: what no knob changes is the same.
        var plain = await serve.Make(kept.Settings with { Moves = null, Live = kept.Settings.Live! with { WaitSeconds = 0 } });
        foreach (var arm in take.Settings.Arms)
            Assert.Equal(!TakeArms.Moved.Contains(arm), before[arm].AsSpan().SequenceEqual(File.ReadAllBytes(serve.Take(plain.Id).WavPath(arm))));
        Traced(live, JsonFile.Read<TakeTraces>(serve.Take(again.Id).TracesPath(TakeArms.Steered)));
    }

    /// <summary>The demo model's first window ends at column 480; the next one computes the last three columns again.</summary>
    [Fact]
    [Trait("Length", "Long")]
    public async Task Moves_around_the_seam_of_two_windows_are_made_again()
    {
        const int Long = 560;
        using var live = await LiveTake.Start(serve, Settings with { Frames = Long, Arms = [TakeArms.Baseline, TakeArms.Steered, TakeArms.Random] });
        // The next window begins before the listener comes near: its first column takes longer than the lead lasts.
        await live.Hear(436 * Hop);
        await live.Until(happened => happened is { Type: GenerationEventType.Columns, Samples: > 483 * Hop });
        await Task.Delay(200, ServeProcessFixture.Limit);
        Assert.InRange(live.Events.Max(happened => happened.Type == GenerationEventType.Columns ? happened.Samples ?? 0 : 0), 483 * Hop, (436 + 65) * Hop);
        foreach (var (column, strength) in new[] { (465, 3.0), (478, -3.0), (481, 2.0), (476, -1.0), (500, 4.0) })
        {
            await live.Hear((column - 4) * Hop);
            await live.Until(happened => happened.Type == GenerationEventType.Columns && happened.Samples >= (column + 5) * Hop, Math.Max(0, live.Events.Count - 1));
            await live.Hear((Math.Min(column, 470) - 4) * Hop);
            await live.Turn(column, new Knob(0, strength));
        }
        await live.Hear(Long * Hop);
        Assert.Equal(GenerationEventType.Done, (await live.End()).Type);
        var take = live.Folder.ReadManifest();
        Assert.Equal(5, take.Revision);
        Assert.Equal([465, 476, 500], take.Settings.Moves!.Select(move => move.Column));
        var again = await serve.Make(take.Settings with { Live = take.Settings.Live! with { WaitSeconds = 0 } });
        foreach (var arm in take.Settings.Arms) Assert.Equal(File.ReadAllBytes(live.Folder.WavPath(arm)), File.ReadAllBytes(serve.Take(again.Id).WavPath(arm)));
    }

    [Fact]
    public async Task The_sound_stays_ahead_of_the_listener_by_no_more_than_it_may_and_what_cannot_be_turned_is_refused()
    {
        using var live = await LiveTake.Start(serve, Settings with { Frames = 600, Arms = [TakeArms.Baseline, TakeArms.Steered] });
        await live.Hear(0);
        await live.Until(happened => happened.Type == GenerationEventType.Columns && happened.Samples >= 8 * Hop);
        await Task.Delay(300, ServeProcessFixture.Limit);
        // 0.3 s are 4,800 samples.
        Assert.InRange(live.Events.Max(happened => happened.Type == GenerationEventType.Columns ? happened.Samples ?? 0 : 0), 8 * Hop, 4800);
        await live.Hear(16_000);
        await live.Until(happened => happened.Type == GenerationEventType.Columns && happened.Samples >= 16_000 + 8 * Hop);
        await Task.Delay(200, ServeProcessFixture.Limit);
        Assert.InRange(live.Events.Max(happened => happened.Type == GenerationEventType.Columns ? happened.Samples ?? 0 : 0), 16_000, 16_000 + 4800);

        await live.Refused(new KnobsRequest(49, [new(0, 1)]), "Column 49 was heard already: the listener is at column 50");
        await live.Refused(new KnobsRequest(603, [new(0, 1)]), "beyond the end of the take, whose last column is 602");
        await live.Refused(new KnobsRequest(60, [new(0, 1)], TakeArms.Baseline), "Arm A (baseline) has no knobs");
        await live.Refused(new KnobsRequest(60, []), "No knob is named");
        await live.Refused(new KnobsRequest(60, [new(2, 1)]), "strips 0 to 1");
        await live.Refused(new KnobsRequest(60, [new(0, 1e9)]), "from −1000 to 1000");
        Assert.DoesNotContain(live.Events, happened => happened.Type == GenerationEventType.Revision);
        // Ahead of what is computed: nothing is taken back.
        Assert.Equal(0, (await live.Turn(300, new Knob(0, 2))).Revision);

        // Its sound is there at once, and without a listener it is finished.
        using (var plain = await LiveTake.Start(serve, Settings with { Live = null, Frames = 400 }))
        {
            await plain.Refused(new KnobsRequest(60, [new(0, 1)]), "still waits for another one");
            using var cancelled = await serve.Client.DeleteAsync($"v1/generations/{live.Id}", ServeProcessFixture.Limit);
            Assert.Equal(GenerationEventType.Cancelled, (await live.End()).Type);
            await plain.Until(happened => happened is { Type: GenerationEventType.Columns, Samples: > 0 });
            await plain.Refused(new KnobsRequest(60, [new(0, 1)]), "not asked for as a live one");
            using var stop = await serve.Client.DeleteAsync($"v1/generations/{plain.Id}", ServeProcessFixture.Limit);
        }
        // Cancelled: its moves are kept.
        Assert.Equal([new KnobMove(300, 0, 2)], live.Folder.ReadManifest().Settings.Moves!);
        using var gone = await live.Patch(new KnobsRequest(60, [new(0, 1)]));
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Equal(TakeState.Done, (await serve.Make(Settings with { Frames = 60, Live = new TakeLive { WaitSeconds = 0.2 } })).State);

        // Paused, and the listener says so again and again: it is finished as soon as another take waits.
        using var paused = await LiveTake.Start(serve, Settings with { Frames = 60, Live = new TakeLive { WaitSeconds = 0.5 } });
        var waiting = Task.FromResult<TakeManifest?>(null);
        for (var word = 0; (paused.Events is not [.., var last] || last.IsProgress) && word < 300; word++)
        {
            using var answer = await serve.Post($"v1/generations/{paused.Id}/playhead", new PlayheadRequest(0, Playing: false));
            await Task.Delay(100, ServeProcessFixture.Limit);
            if (word == 10) Assert.True(paused.Events[^1].IsProgress);
            if (word == 10) waiting = Task.Run(async () => (TakeManifest?)await serve.Make(Settings with { Frames = 4, Live = null }));
        }
        Assert.Equal(GenerationEventType.Done, (await paused.End()).Type);
        Assert.Equal(TakeState.Done, (await waiting)!.State);
    }

    private static int Revisions(LiveTake take, string arm) => RevisionLog.Count(take.Folder.WavPath(arm));

    /// <summary>The trace says that steering worked, and the events say the same as the file.</summary>
    private static void Traced(LiveTake live, TakeTraces traces)
    {
        Assert.Equal(2, traces.Before.Count);
        Assert.All(traces.Before.Concat(traces.After), strip => Assert.InRange(strip.Count, Frames, Frames + 3));
        // The envelope begins at 0; at its top with strength 3 the feature fires.
        Assert.Equal(traces.Before[0][0], traces.After[0][0]);
        Assert.True(traces.After[0].Skip(30).Take(8).Average() > traces.Before[0].Skip(30).Take(8).Average(), "The steered feature is not more active after the edit.");
        var last = live.Events.Last(happened => happened is { Type: GenerationEventType.Trace, Arm: TakeArms.Steered }).Trace!;
        Assert.Equal(traces.After[0].Skip(last.Column).Take(last.Columns).Max(), last.After[0]);
        Assert.Equal(traces.Before[1].Skip(last.Column).Take(last.Columns).Max(), last.Before[1]);
    }
}

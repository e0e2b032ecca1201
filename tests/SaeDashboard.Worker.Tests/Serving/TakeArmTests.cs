using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>The arms of a take: what they share with the baseline, what they do not, and how one ends without the others.</summary>
public sealed class TakeArmTests(ServeProcessFixture serve) : IClassFixture<ServeProcessFixture>
{
    private const int Feature = 526;

    [Fact]
    public async Task At_strength_0_every_arm_that_keeps_the_error_is_the_baseline_and_the_reconstruction_is_not()
    {
        var take = await serve.Make(All(new TakeSteer(Feature, 0, "add", 0) { Envelope = [new(0, 0.5), new(30, 1)] }, new TakeSteer(1337, 0, "atLeast", 0) { Condition = new(Feature, 0, 0) }, new TakeSteer(12, 1, "scale", 0)) with { Frames = 40 });
        Assert.True(TakeState.Done == take.State, take.Error);
        // Five arms of two halves with 43 columns each, and the reconstruction; the hook of every one ran.
        Assert.Equal(6 * 2 * 43, take.HookCalls);
        var baseline = Sound(take, TakeArms.Baseline);
        foreach (var arm in take.Settings.Arms) Assert.Equal(arm != TakeArms.Reconstruction, baseline.AsSpan().SequenceEqual(Sound(take, arm)));
        var (controls, other) = (take.Settings.Controls!, take.Settings.Controls!.Features!);
        Assert.NotNull(controls.Seed);
        Assert.DoesNotContain(Assert.Single(other), (int[])[Feature, 1337, 12]);
        // What was left open is in the file, and choosing it gives the same take.
        Assert.All(take.Settings.Steers, steer => Assert.True(steer.P99 > 0));
        Assert.Null(take.Ended);
        Assert.Null(take.Saes);
    }

    [Fact]
    public async Task An_arm_is_the_same_alone_as_among_all_the_others()
    {
        var settings = All(new TakeSteer(Feature, 2, "add", 0) { Envelope = [new(5, 0), new(20, 1)], Onset = 8 }, new TakeSteer(1337, 1, "clamp", 0) { Condition = new(Feature, 0.2, 0) }) with { Frames = 48 };
        var all = await serve.Make(settings);
        Assert.True(TakeState.Done == all.State, all.Error);
        var sounds = settings.Arms.ToDictionary(arm => arm, arm => Sound(all, arm));
        Assert.Equal(settings.Arms.Count, sounds.Values.Select(sound => Convert.ToHexString(SHA256.HashData(sound))).Distinct().Count());
        foreach (var arm in (string[])[TakeArms.Steered, TakeArms.Random, TakeArms.Other, TakeArms.DiffMean, TakeArms.Reconstruction])
        {
            var alone = await serve.Make(all.Settings with { Arms = [arm] });
            Assert.True(sounds[arm].AsSpan().SequenceEqual(Sound(alone, arm)), arm);
        }
        // Until the onset nothing is steered: the first columns are the baseline's.
        var (plain, steered) = (Codes(all, TakeArms.Baseline), Codes(all, TakeArms.Steered));
        Assert.InRange(plain.FirstDifference(steered)!.Value, 0, 48);
        var late = await serve.Make(settings with { Arms = [TakeArms.Baseline, TakeArms.Steered], Steers = [new TakeSteer(Feature, 6, "add", 0) { Onset = 30 }] });
        Assert.InRange(Codes(late, TakeArms.Baseline).FirstDifference(Codes(late, TakeArms.Steered))!.Value, 27, 40);
        // Another seed is another direction, and the same sound elsewhere.
        var another = await serve.Make(all.Settings with { Controls = all.Settings.Controls! with { Seed = 5 }, Arms = [TakeArms.Baseline, TakeArms.Random] });
        Assert.False(sounds[TakeArms.Random].AsSpan().SequenceEqual(Sound(another, TakeArms.Random)));
        Assert.True(sounds[TakeArms.Baseline].AsSpan().SequenceEqual(Sound(another, TakeArms.Baseline)));
    }

    [Fact]
    public async Task Two_SAEs_steer_at_once_and_one_may_wait_for_the_other()
    {
        var second = Path.Combine(serve.Folder, "second");
        Copy(WorkerProcess.DemoSae, second);
        TakeSteer[] one = [new(Feature, 1, "add", 0), new(1337, 2, "add", 0)];
        TakeSteer[] two = [one[0], one[1] with { SaePath = second }];
        var settings = ServeProcessFixture.Settings(40) with { Arms = [TakeArms.Steered] };
        var (together, apart) = (await serve.Make(settings with { Steers = one }), await serve.Make(settings with { Steers = two }));
        Assert.Equal([(WorkerProcess.DemoSae, apart.SaeHash!), (second, apart.SaeHash!)], apart.Saes!.Select(sae => (sae.Path, sae.WeightsHash)));
        // The same features by two hooks: the sums differ in rounding only, which these codes survive.
        Assert.True(Codes(together, TakeArms.Steered).ContentEquals(Codes(apart, TakeArms.Steered)));

        // A condition that never holds, and one that holds in some columns, read by the other SAE.
        var fires = await LiveTake.SometimesFiring(serve, 40);
        var plain = await serve.Make(settings with { Steers = [one[0]] });
        var never = await serve.Make(settings with { Steers = [one[0], two[1] with { Condition = new(Feature, 1000, 0) { Sae = WorkerProcess.DemoSae } }] });
        Assert.True(Codes(plain, TakeArms.Steered).ContentEquals(Codes(never, TakeArms.Steered)));
        var sometimes = await serve.Make(settings with { Steers = [one[0], two[1] with { Strength = 6, Condition = new(fires, 0, 0) { Sae = WorkerProcess.DemoSae } }] });
        Assert.False(Codes(plain, TakeArms.Steered).ContentEquals(Codes(sometimes, TakeArms.Steered)));
        var traces = JsonFile.Read<TakeTraces>(serve.Take(sometimes.Id).TracesPath(TakeArms.Steered));
        var acted = traces.Before[1].Zip(traces.After[1], (before, after) => after != before).ToArray();
        Assert.InRange(acted.Count(did => did), 2, acted.Length - 2);
        await Fails(settings with { Steers = [one[0] with { Condition = new(99_999, 1, 1) }] }, "depends on feature 99999, which does not exist");
    }

    [Fact]
    public async Task A_broken_arm_ends_with_a_reason_and_the_others_go_on()
    {
        var settings = ServeProcessFixture.Settings(60, new TakeSteer(Feature, 1000, "add", 0) { Onset = 30 }) with { Arms = [TakeArms.Baseline, TakeArms.Steered] };
        var (id, response) = await serve.Start(settings);
        var ended = new List<GenerationEvent>();
        using (response)
        {
            await foreach (var happened in ServeProcessFixture.Events(response))
            {
                if (happened.Type == GenerationEventType.Arm) ended.Add(happened);
            }
        }
        var take = serve.Take(id).ReadManifest();
        Assert.True(TakeState.Done == take.State, take.Error);
        var end = Assert.Single(take.Ended!);
        Assert.Equal((TakeArms.Steered, 30), (end.Key, end.Value.Column));
        Assert.Equal((TakeArms.Steered, (int?)30, end.Value.Message), (Assert.Single(ended).Arm, ended[0].Column, ended[0].Message));
        Assert.Contains("times as long as the model's longest. Steering this strong breaks the model: lower the strength. Its sound until then is kept.", end.Value.Message, StringComparison.Ordinal);
        // Frames that do not depend on column 30, whole: the arm plays until there, as the baseline does.
        Assert.Equal((27 * 320L, 27), (end.Value.Samples, Codes(take, TakeArms.Steered).Frames));
        var (kept, whole) = (WavFile.Read(serve.Take(id).WavPath(TakeArms.Steered)).Channels[0], WavFile.Read(serve.Take(id).WavPath(TakeArms.Baseline)).Channels[0]);
        Assert.Equal((27 * 320, 60 * 320), (kept.Length, whole.Length));
        Assert.Equal(whole[..(22 * 320)], kept[..(22 * 320)]);
        // The baseline is what it is without the broken arm.
        var alone = await serve.Make(settings with { Arms = [TakeArms.Baseline] });
        Assert.True(Sound(take, TakeArms.Baseline).AsSpan().SequenceEqual(Sound(alone, TakeArms.Baseline)));
        // With nothing left to generate the take has failed.
        await Fails(settings with { Arms = [TakeArms.Steered] }, "ended at column 30");
    }

    private static TakeSettings All(params TakeSteer[] steers)
    {
        var direction = Enumerable.Range(0, 256).Select(i => MathF.Sin(i)).ToArray();
        var bytes = MemoryMarshal.AsBytes(direction.AsSpan()).ToArray();
        return ServeProcessFixture.Settings(40, steers) with
        {
            Arms = TakeArms.All,
            Controls = new TakeControls { DiffMean = new TakeDirection(Convert.ToHexStringLower(SHA256.HashData(bytes)), Convert.ToBase64String(bytes), "layers.4.resid_post") },
        };
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private byte[] Sound(TakeManifest take, string arm) => File.ReadAllBytes(serve.Take(take.Id).WavPath(arm));

    private Core.Data.CodeGrid Codes(TakeManifest take, string arm) => serve.Take(take.Id).ReadCodes(arm)!;

    private async Task Fails(TakeSettings settings, string because)
    {
        var take = await serve.Make(settings);
        Assert.Equal(TakeState.Failed, take.State);
        Assert.Contains(because, take.Error, StringComparison.Ordinal);
    }
}

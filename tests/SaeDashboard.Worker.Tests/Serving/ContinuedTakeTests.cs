using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>Takes that continue a sound: the codes are those of the verb <c>generate</c>, and every arm begins with the sound.</summary>
public sealed class ContinuedTakeTests(ServeProcessFixture serve) : IClassFixture<ServeProcessFixture>
{
    private const int Hop = 320, SampleRate = 16_000, Given = 20, Frames = 50, Steered = 526, Skipped = 4000;

    [Fact]
    public async Task A_take_continues_codes_and_is_made_again_from_a_preset_s_file()
    {
        var given = await GivenCodes();
        var take = await serve.Make(Asked(given));
        Assert.True(TakeState.Done == take.State, take.Error);
        var folder = serve.Take(take.Id);
        var (baseline, steered) = (folder.ReadCodes(TakeArms.Baseline)!, folder.ReadCodes(TakeArms.Steered)!);
        var kept = take.Settings.Continue!;
        Assert.Equal((given.ToBase64(), 4, Given, 64, (string?)null), (kept.Codes, kept.Codebooks, kept.CountFrames(), kept.Hash!.Length, kept.File));
        Assert.True(baseline.Slice(0, Given).ContentEquals(given));
        // A change at a column is said in it or later: the given frames stay.
        Assert.InRange(baseline.FirstDifference(steered)!.Value, Given, Frames - 1);
        Assert.Equal(Frames * Hop, WavFile.Read(folder.WavPath(TakeArms.Steered)).SampleCount);
        // The hook sees the given columns too: they are computed at once, then one by one, in both halves.
        Assert.Equal(2 * (1 + Frames + 3 - Given - 1), take.HookCalls);

        var made = PresetOfTake.Make(take, "Continued", "demo", "demo", folder.ReadCodes, _ => null);
        var preset = PresetFile.Parse(PresetFile.ToBytes(made), "continued.json");
        Assert.Equal((4, kept), (preset.SchemaVersion, preset.Continue));
        var again = await serve.Make(PresetSettings.ToTake(preset, WorkerProcess.DemoModel, WorkerProcess.DemoSae));
        Assert.True(TakeState.Done == again.State, again.Error);
        Assert.Equal(File.ReadAllBytes(folder.WavPath(TakeArms.Steered)), File.ReadAllBytes(serve.Take(again.Id).WavPath(TakeArms.Steered)));
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task The_verb_continues_as_a_take_does_its_preset_keeps_what_it_continued_and_it_makes_a_take_again()
    {
        var given = await GivenCodes();
        var settings = Asked(given);
        var take = await serve.Make(settings);
        Assert.True(TakeState.Done == take.State, take.Error);
        var (folder, kept) = (serve.Take(take.Id), take.Settings.Continue!);
        var (steered, sound) = (folder.ReadCodes(TakeArms.Steered)!, File.ReadAllBytes(folder.WavPath(TakeArms.Steered)));

        given.WriteJson(Path.Combine(serve.Folder, "given.json"));
        WorkerProcess.Json(serve.Folder, "generate", "--model", WorkerProcess.DemoModel, "--prompt", settings.Prompt!, "--seed", "11", "--seconds", "1", "--continue-codes", "given.json",
            "--steer", $"{WorkerProcess.DemoSae}:{Steered}=3", "--baseline", "a.wav", "--out", "c.wav", "--codes", "c.json", "--preset", "p.json");
        Assert.True(Read("c.json").ContentEquals(steered));
        // The verb's preset has what it continued, and is made again as the take was: by the site and by the verb.
        var written = PresetFile.Read(Path.Combine(serve.Folder, "p.json"));
        Assert.Equal(kept with { Source = "file", Name = "given.json" }, written.Continue);
        var here = await serve.Make(PresetSettings.ToTake(written, WorkerProcess.DemoModel, WorkerProcess.DemoSae));
        Assert.True(TakeState.Done == here.State, here.Error);
        Assert.Equal(sound, File.ReadAllBytes(serve.Take(here.Id).WavPath(TakeArms.Steered)));
        foreach (var (file, more) in new (string, string[])[] { (folder.ManifestPath, []), ("p.json", ["--sae", WorkerProcess.DemoSae]) })
        {
            WorkerProcess.Json(serve.Folder, ["generate", "--model", WorkerProcess.DemoModel, "--take", file, .. more, "--out", "again.wav", "--codes", "again.json"]);
            Assert.True(Read("again.json").ContentEquals(steered), file);
            Assert.Equal(sound, File.ReadAllBytes(Path.Combine(serve.Folder, "again.wav")));
        }
        // A take's file without the codes is refused, not made from nothing.
        AtomicFile.WriteJson(Path.Combine(serve.Folder, "bare.json"), take with { Settings = take.Settings with { Continue = kept with { Codes = null, Codebooks = 0, Hash = null } } });
        WorkerProcess.Fails(serve.Folder, ["generate", "--model", WorkerProcess.DemoModel, "--take", "bare.json", "--out", "bare.wav"], "does not say what “Take 1” sounds like");

        CodeGrid Read(string file) => CodeGrid.ReadJson(Path.Combine(serve.Folder, file));
    }

    [Fact]
    public async Task Strength_zero_gives_the_baseline_and_sounds_that_cannot_be_continued_are_refused()
    {
        var settings = await AskedOfAFile();
        var take = await serve.Make(settings);
        Assert.True(TakeState.Done == take.State, take.Error);
        var folder = serve.Take(take.Id);
        Assert.Equal((Given, (string?)null), (take.Settings.Continue!.CountFrames(), take.Settings.Continue.File));
        Assert.True(take.HookCalls > 0);
        Assert.Equal(File.ReadAllBytes(folder.WavPath(TakeArms.Baseline)), File.ReadAllBytes(folder.WavPath(TakeArms.Steered)));

        await Fails(settings with { Continue = settings.Continue! with { Start = 2 } }, "nothing is there at 2 s");
        await Fails(settings with { Frames = 15 }, "ask for a longer take");
        await Fails(settings with { Continue = settings.Continue with { File = "/etc/hostname" } }, "hostname");
        await Fails(settings with { Continue = settings.Continue with { File = null } }, "does not say what “whole.wav” sounds like");
        await Fails(settings with { Continue = Of(new CodeGrid(8, 4)) }, "8 codebooks");
        await Fails(settings with { Melody = settings.Continue }, "follows no melody");
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_part_of_a_file_is_continued_as_the_verb_continues_a_file_of_that_part_and_as_the_end_of_a_longer_one()
    {
        var settings = await AskedOfAFile();
        var take = await serve.Make(settings);
        Assert.True(TakeState.Done == take.State, take.Error);
        var whole = WavFile.Read(settings.Continue!.File!).Channels[0];
        foreach (var (from, last) in new (int From, string[] Last)[] { (Skipped, []), (0, ["--continue-last", "0.4"]) })
        {
            WavFile.Write(Path.Combine(serve.Folder, "part.wav"), new Waveform([whole[from..(Skipped + Given * Hop)]], SampleRate), WavEncoding.Float32);
            WorkerProcess.Json(serve.Folder, ["generate", "--model", WorkerProcess.DemoModel, "--prompt", settings.Prompt!, "--seed", "11", "--seconds", "1", "--continue", "part.wav", .. last,
                "--steer", $"{WorkerProcess.DemoSae}:{Steered}=0", "--out", "p.wav", "--codes", "p.json", "--preset", "part.json"]);
            Assert.True(CodeGrid.ReadJson(Path.Combine(serve.Folder, "p.json")).ContentEquals(serve.Take(take.Id).ReadCodes(TakeArms.Baseline)!));
            var kept = PresetFile.Read(Path.Combine(serve.Folder, "part.json")).Continue!;
            Assert.Equal(("part.wav", last.Length > 0 ? 0.25 : 0, 0.4, take.Settings.Continue!.Hash), (kept.Name, kept.Start, kept.Seconds, kept.Hash));
        }
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_knob_of_a_live_take_acts_from_the_end_of_the_given_sound_on()
    {
        var settings = ServeProcessFixture.Settings(120, new TakeSteer(Steered, 1, "add", 0)) with { Continue = Of(await GivenCodes()), Live = new TakeLive { WaitSeconds = 60 } };
        using var live = await LiveTake.Start(serve, settings);
        await live.Until(happened => happened is { Type: GenerationEventType.Columns, Done: > Given });
        await live.Hear(0);
        var answer = await live.Turn(4, new Knob(0, -3));
        Assert.Equal((1, Given), (answer.Revision, answer.FromColumn));
        await live.Hear(120 * Hop);
        Assert.Equal(GenerationEventType.Done, (await live.End()).Type);
        var take = live.Folder.ReadManifest();
        Assert.Equal([new KnobMove(Given, 0, -3)], take.Settings.Moves!);
        var again = await serve.Make(take.Settings with { Live = take.Settings.Live! with { WaitSeconds = 0 } });
        Assert.True(TakeState.Done == again.State, again.Error);
        Assert.Equal(File.ReadAllBytes(live.Folder.WavPath(TakeArms.Steered)), File.ReadAllBytes(serve.Take(again.Id).WavPath(TakeArms.Steered)));
    }

    private static TakeSettings Asked(CodeGrid given) => ServeProcessFixture.Settings(Frames, new TakeSteer(Steered, 3, "add", 0)) with { Continue = Of(given) };

    /// <summary>A take that continues the part of a file that begins after 0.25 s.</summary>
    private async Task<TakeSettings> AskedOfAFile()
    {
        var random = new Random(4);
        float[] sound = [.. Enumerable.Range(0, SampleRate).Select(i => 0.3f * MathF.Sin(i * 0.1f) + 0.02f * (random.NextSingle() - 0.5f))];
        var whole = Path.Combine(serve.Folder, "whole.wav");
        await File.WriteAllBytesAsync(whole, WavFile.ToBytes(new Waveform([sound], SampleRate), WavEncoding.Float32), ServeProcessFixture.Limit);
        return ServeProcessFixture.Settings(Frames, new TakeSteer(Steered, 0, "add", 0)) with
        {
            Continue = new TakeSound { Source = "sound-x", Name = "whole.wav", Start = (double)Skipped / SampleRate, Seconds = 0.4, File = whole },
        };
    }

    private static TakeSound Of(CodeGrid codes) => new() { Source = "take-x.A", Name = "Take 1", Seconds = codes.Frames / 50.0, Codebooks = codes.Codebooks, Codes = codes.ToBase64() };

    private async Task<CodeGrid> GivenCodes()
    {
        var take = await serve.Make(ServeProcessFixture.Settings(Given) with { Arms = [TakeArms.Baseline], SaePath = null, Seed = 3, Prompt = "solo taiko drums" });
        return serve.Take(take.Id).ReadCodes(TakeArms.Baseline)!;
    }

    private async Task Fails(TakeSettings settings, string because)
    {
        var (takeId, response) = await serve.Start(settings);
        using (response)
        {
            if (!response.IsSuccessStatusCode)
            {
                Assert.Contains(because, await ServeProcessFixture.Problem(response), StringComparison.Ordinal);
                return;
            }
            await foreach (var _ in ServeProcessFixture.Events(response)) { }
        }
        var take = serve.Take(takeId).ReadManifest();
        Assert.Equal(TakeState.Failed, take.State);
        Assert.Contains(because, take.Error, StringComparison.Ordinal);
    }
}

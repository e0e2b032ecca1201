using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>Takes that follow a melody: the codes are those of the verb <c>generate</c>.</summary>
public sealed class MelodyTakeTests(ServeProcessFixture serve) : IClassFixture<ServeProcessFixture>
{
    private const int Frames = 30;

    [Fact]
    public async Task A_take_follows_a_melody_and_keeps_its_pitch_classes()
    {
        var settings = ServeProcessFixture.Settings(Frames) with { ModelPath = SmallSae.Model(serve.Folder, "melody"), SaePath = null, Arms = [TakeArms.Baseline] };
        var plain = await serve.Make(settings);
        var take = await serve.Make(settings with { Melody = new TakeSound { Source = "sound-x", Name = "tune.wav", Seconds = 60, File = Tune() } });
        Assert.True(TakeState.Done == take.State, take.Error);
        var kept = take.Settings.Melody!;
        Assert.Equal((64, (string?)null, (string?)null), (kept.Hash!.Length, kept.File, kept.Codes));
        Assert.False(Codes(take).ContentEquals(Codes(plain)));
        // From what was kept alone.
        Assert.True(Codes(take).ContentEquals(Codes(await serve.Make(settings with { Melody = kept }))));
        var wrong = await serve.Make(settings with { Melody = kept with { Chroma = Convert.ToBase64String([99]), Hash = null } });
        Assert.Equal(TakeState.Failed, wrong.State);
        Assert.Contains("pitch class 99", wrong.Error, StringComparison.Ordinal);

        CodeGrid Codes(TakeManifest of) => serve.Take(of.Id).ReadCodes(TakeArms.Baseline)!;
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_take_follows_a_melody_as_the_verb_does_steered_or_not_and_is_made_again_from_its_file()
    {
        var model = SmallSae.Model(serve.Folder, "melody");
        var sae = SmallSae.Write(serve.Folder, model, 4, verb => WorkerProcess.Json(serve.Folder, verb));
        var tune = Tune();
        var settings = ServeProcessFixture.Settings(Frames, new TakeSteer(1, 4, "add", 1)) with
        {
            ModelPath = model,
            SaePath = sae,
            Arms = [TakeArms.Baseline, TakeArms.Steered],
            Melody = new TakeSound { Source = "sound-x", Name = "tune.wav", Seconds = 60, File = tune },
        };
        var take = await serve.Make(settings);
        Assert.True(TakeState.Done == take.State, take.Error);
        var folder = serve.Take(take.Id);
        Assert.Equal((64, (string?)null, (string?)null), (take.Settings.Melody!.Hash!.Length, take.Settings.Melody.File, take.Settings.Melody.Codes));
        string[] asked = ["generate", "--model", model, "--prompt", settings.Prompt!, "--seed", "11", "--seconds", "0.6", "--melody", tune, "--out", "m.wav", "--codes", "m.json"];
        WorkerProcess.Json(serve.Folder, asked);
        Assert.True(Read("m.json").ContentEquals(folder.ReadCodes(TakeArms.Baseline)!));
        Assert.False(folder.ReadCodes(TakeArms.Baseline)!.ContentEquals(folder.ReadCodes(TakeArms.Steered)!));
        WorkerProcess.Json(serve.Folder, "generate", "--model", model, "--take", folder.ManifestPath, "--out", "again.wav", "--codes", "again.json");
        Assert.True(Read("again.json").ContentEquals(folder.ReadCodes(TakeArms.Steered)!));

        // The verb's preset has the pitch classes, and is made again from them.
        WorkerProcess.Json(serve.Folder, [.. asked, "--steer", $"{sae}:1=4", "--preset", "p.json"]);
        var written = PresetFile.Read(Path.Combine(serve.Folder, "p.json"));
        Assert.Equal((take.Settings.Melody.Chroma, take.Settings.Melody.Hash, "tune.wav"), (written.Melody!.Chroma, written.Melody.Hash, written.Melody.Name));
        var here = await serve.Make(PresetSettings.ToTake(written, model, sae));
        Assert.True(TakeState.Done == here.State, here.Error);
        foreach (var (arm, of) in new[] { (PresetArms.Baseline, TakeArms.Baseline), (PresetArms.Steered, TakeArms.Steered) })
            Assert.True(PresetFile.Codes(written, arm).ContentEquals(serve.Take(here.Id).ReadCodes(of)!), arm);

        var zero = await serve.Make(settings with { Steers = [new TakeSteer(1, 0, "add", 1)], Melody = take.Settings.Melody });
        Assert.True(TakeState.Done == zero.State, zero.Error);
        Assert.True(zero.HookCalls > 0);
        Assert.Equal(File.ReadAllBytes(serve.Take(zero.Id).WavPath(TakeArms.Baseline)), File.ReadAllBytes(serve.Take(zero.Id).WavPath(TakeArms.Steered)));
        Assert.True(serve.Take(zero.Id).ReadCodes(TakeArms.Baseline)!.ContentEquals(folder.ReadCodes(TakeArms.Baseline)!));

        // Without a prompt the melody alone is guided.
        var mute = await serve.Make(settings with { Prompt = null, Rows = "unconditional" });
        Assert.True(TakeState.Done == mute.State, mute.Error);

        CodeGrid Read(string file) => CodeGrid.ReadJson(Path.Combine(serve.Folder, file));
    }

    /// <summary>The tune of the golden files, 32 kHz.</summary>
    private string Tune()
    {
        using var expected = SafetensorsFile.Open(Path.Combine(WorkerProcess.Root, "tests", "SaeDashboard.MusicGen.Tests", "Golden", "melody", "expected", "expected.safetensors"));
        var tune = Path.Combine(serve.Folder, "tune.wav");
        WavFile.Write(tune, new Waveform([expected.ReadFloat32("melody.wave")], 32000), WavEncoding.Float32);
        return tune;
    }
}

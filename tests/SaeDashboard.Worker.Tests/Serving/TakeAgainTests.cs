using System.Runtime.InteropServices;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>The command line with what takes hold: a take again, and a difference of means.</summary>
public sealed class TakeAgainTests(ServeProcessFixture serve) : IClassFixture<ServeProcessFixture>
{
    [Fact]
    [Trait("Length", "Long")]
    public async Task A_take_is_generated_again_by_the_command_line_and_a_measured_direction_is_a_control()
    {
        var made = WorkerProcess.Json(serve.Folder, "direction", "--model", WorkerProcess.DemoModel, "--dataset", WorkerProcess.DemoDataset, "--hook", "layers.4.resid_post", "--positive", "organ", "--clips", "6", "--out", "organ.json");
        var direction = JsonFile.Read<TakeDirection>(Path.Combine(serve.Folder, "organ.json"));
        Assert.Equal(("layers.4.resid_post", "captions with “organ”", "all others"), (direction.Hook, direction.Positive, direction.Negative));
        var values = MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(direction.Values)).ToArray();
        Assert.Equal(256, values.Length);
        Assert.Equal(made.GetProperty("norm").GetDouble(), Math.Sqrt(values.Sum(value => (double)value * value)), 1e-6);
        Assert.Equal(direction.Hash, made.GetProperty("hash").GetString());
        Assert.Contains("no clip “no-such”", Refused("--positive-clips", "no-such"), StringComparison.Ordinal);
        Assert.Contains("has a caption with “zzz”", Refused("--positive", "zzz"), StringComparison.Ordinal);

        var settings = ServeProcessFixture.Settings(40, new TakeSteer(526, 2, "add", 0) { Envelope = [new(0, 0), new(20, 1)] }) with
        {
            Arms = [TakeArms.Baseline, TakeArms.Steered, TakeArms.DiffMean],
            Controls = new TakeControls { DiffMean = direction },
            Moves = [new(25, 0, -2)],
            Live = new TakeLive { WaitSeconds = 0 },
        };
        var take = await serve.Make(settings);
        Assert.True(TakeState.Done == take.State, take.Error);
        var file = serve.Take(take.Id).ManifestPath;
        foreach (var arm in (string[])[TakeArms.Steered, TakeArms.DiffMean])
        {
            WorkerProcess.Json(serve.Folder, "generate", "--model", WorkerProcess.DemoModel, "--take", file, "--arm", arm, "--out", "again.wav", "--codes", "again.json");
            Assert.True(CodeGrid.ReadJson(Path.Combine(serve.Folder, "again.json")).ContentEquals(serve.Take(take.Id).ReadCodes(arm)!), arm);
            Assert.Equal(File.ReadAllBytes(serve.Take(take.Id).WavPath(arm)), File.ReadAllBytes(Path.Combine(serve.Folder, "again.wav")));
        }
        // And from the files that travel: a preset, and the WAV that is downloaded. They name the SAE by its weights.
        var preset = PresetOfTake.Make(take, "Organ", "demo", "demo", serve.Take(take.Id).ReadCodes, _ => null);
        PresetFile.Write(Path.Combine(serve.Folder, "organ-preset.json"), preset);
        await using (var wav = WavChunkStream.Open(File.OpenRead(serve.Take(take.Id).WavPath(TakeArms.Steered)), TakeSheetLimits.Chunk, TakeSheetFile.ToBytes(PresetSheet.Of(preset, PresetArms.Steered, DateTimeOffset.UnixEpoch)))!)
        await using (var copy = File.Create(Path.Combine(serve.Folder, "organ.wav"))) await wav.CopyToAsync(copy, ServeProcessFixture.Limit);
        string[] elsewhere = ["generate", "--model", WorkerProcess.DemoModel, "--out", "again.wav", "--take"];
        foreach (var each in (string[])["organ-preset.json", "organ.wav"])
        {
            WorkerProcess.Json(serve.Folder, [.. elsewhere, each, "--sae", WorkerProcess.DemoSae]);
            Assert.Equal(File.ReadAllBytes(serve.Take(take.Id).WavPath(TakeArms.Steered)), File.ReadAllBytes(Path.Combine(serve.Folder, "again.wav")));
        }
        WorkerProcess.Fails(serve.Folder, [.. elsewhere, "organ.wav"], $"needs the SAE “demo” with the weights {take.SaeHash![..12]}…: give its folder with --sae");
        WorkerProcess.Fails(serve.Folder, [.. elsewhere, "again.wav"], "again.wav carries no settings");
        var extra = WorkerProcess.Run(serve.Folder, "generate", "--model", WorkerProcess.DemoModel, "--take", file, "--seed", "3", "--out", "again.wav");
        Assert.Equal((2, true), (extra.ExitCode, extra.Error.Contains("--seed does not go with --take", StringComparison.Ordinal)));

        string Refused(params string[] set)
        {
            var outcome = WorkerProcess.Run(serve.Folder, ["direction", "--model", WorkerProcess.DemoModel, "--dataset", WorkerProcess.DemoDataset, "--hook", "layers.4.resid_post", "--out", "x.json", .. set]);
            Assert.Equal(1, outcome.ExitCode);
            return outcome.Error;
        }
    }

    /// <summary>What a preset's file says decides the samples: neither its codes nor anything of the first take is read. With two sites: MadeAgainTests.</summary>
    [Fact]
    public async Task A_preset_with_an_envelope_a_condition_and_five_moves_is_made_again_from_its_file_alone()
    {
        var take = await serve.Make(ServeProcessFixture.Settings(40, new TakeSteer(526, 3, "add", 0) { Envelope = [new(0, 0.2), new(15, 1), new(30, 0.5)], Condition = new SteerCondition(1337, 0.05, 0) }, new TakeSteer(448, 2, "add", 0) { Onset = 3 }) with
        {
            Moves = [new(8, 0, 4), new(12, 1, -2), new(20, 0, -3), new(26, 1, 0) { Muted = true }, new(31, 1, 3)],
            Live = new TakeLive { WaitSeconds = 0 },
        });
        Assert.True(TakeState.Done == take.State, take.Error);
        var folder = serve.Take(take.Id);
        string[] arms = [TakeArms.Baseline, TakeArms.Steered];
        var (sounds, codes) = (arms.Select(arm => File.ReadAllBytes(folder.WavPath(arm))).ToArray(), arms.Select(arm => folder.ReadCodes(arm)!).ToArray());
        var made = PresetOfTake.Make(take, "Moved", "demo", "demo", folder.ReadCodes, _ => null);
        var wrong = PresetFile.Pack(new CodeGrid(codes[0].Codebooks, codes[0].Frames));
        var preset = PresetFile.Parse(PresetFile.ToBytes(made with { Arms = new Dictionary<string, PresetCodes> { [PresetArms.Baseline] = wrong, [PresetArms.Steered] = wrong } }), "moved.json");
        Assert.Equal((3, 2, 5), (preset.SchemaVersion, preset.Steers.Count, preset.Moves!.Count));
        Directory.Delete(Path.GetDirectoryName(folder.ManifestPath)!, recursive: true);

        var again = await serve.Make(PresetSettings.ToTake(preset, WorkerProcess.DemoModel, WorkerProcess.DemoSae));
        Assert.True(TakeState.Done == again.State, again.Error);
        Assert.NotEqual(take.Id, again.Id);
        Assert.True(again.HookCalls > 0);
        Assert.False(codes[0].ContentEquals(codes[1]));
        foreach (var (place, arm) in arms.Index())
        {
            Assert.True(codes[place].ContentEquals(serve.Take(again.Id).ReadCodes(arm)!), arm);
            Assert.Equal(sounds[place], File.ReadAllBytes(serve.Take(again.Id).WavPath(arm)));
        }
    }
}

using System.Text;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Core.Tests.Takes;

/// <summary>A downloaded WAV carries its settings, plays as before in every other program, and is read as a stranger's file.</summary>
public sealed class TakeSheetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(100, 1)]
    [InlineData(101, 2)]
    [InlineData(0, 1)]
    public async Task The_chunk_is_behind_the_samples_and_the_lengths_are_right(int samples, int channels)
    {
        var sound = new float[channels][];
        for (var channel = 0; channel < channels; channel++) sound[channel] = [.. Enumerable.Range(0, samples).Select(i => MathF.Sin(i + channel))];
        WavFile.Write(folder["a.wav"], new Waveform(sound, 16_000), WavEncoding.Pcm16);
        var plain = await File.ReadAllBytesAsync(folder["a.wav"], Stop);
        var sheet = TakeSheetFile.ToBytes(Sheets.Good());
        byte[] whole;
        await using (var stream = WavChunkStream.Open(File.OpenRead(folder["a.wav"]), TakeSheetLimits.Chunk, sheet)!)
        {
            whole = new byte[stream.Length];
            await stream.ReadExactlyAsync(whole, Stop);
            Assert.Equal(0, await stream.ReadAsync(new byte[1].AsMemory(), Stop));
            // Any part is the same part of the whole.
            foreach (var (from, count) in new[] { (0, 10), (2, 60), (40, 8), (plain.Length - 3, 20), (whole.Length - 2, 9) }.Where(part => part.Item1 >= 0))
            {
                stream.Seek(from, SeekOrigin.Begin);
                var part = new byte[Math.Min(count, whole.Length - from)];
                await stream.ReadExactlyAsync(part, Stop);
                Assert.Equal(whole[from..(from + part.Length)], part);
            }
        }
        Assert.Equal(0, whole.Length % 2);
        Assert.Equal(whole.Length - 8, BitConverter.ToInt32(whole, 4));
        Assert.Equal(plain[8..], whole[8..plain.Length]);
        await File.WriteAllBytesAsync(folder["b.wav"], whole, Stop);
        Assert.Equal(WavFile.Read(folder["a.wav"]).Channels, WavFile.Read(folder["b.wav"]).Channels);
        // Read from a stream that cannot seek too, as a request's body cannot.
        await using var file = File.OpenRead(folder["b.wav"]);
        Assert.Equal(sheet, await WavChunk.ReadAsync(file, "b.wav", TakeSheetLimits.Chunk, TakeSheetLimits.MaxBytes, Stop));
        await using var pipe = new ForwardOnly(whole);
        var again = await TakeSheetFile.ReadAsync(pipe, "b.wav", Stop);
        Assert.Equal(sheet, TakeSheetFile.ToBytes(again!));
    }

    [Fact]
    public async Task A_header_that_promises_too_much_is_corrected_and_a_second_chunk_replaces_the_first()
    {
        WavFile.Write(folder["a.wav"], new Waveform([new float[101]], 16_000), WavEncoding.Pcm16);
        using (var cut = File.OpenWrite(folder["a.wav"])) cut.SetLength(cut.Length - 52);
        foreach (var name in new[] { "first", "second" })
        {
            byte[] whole;
            await using (var stream = WavChunkStream.Open(File.OpenRead(folder["a.wav"]), "saed", Encoding.UTF8.GetBytes(name))!)
            {
                whole = new byte[stream.Length];
                await stream.ReadExactlyAsync(whole, Stop);
            }
            await File.WriteAllBytesAsync(folder["a.wav"], whole, Stop);
        }
        Assert.Equal(75, WavFile.Read(folder["a.wav"]).SampleCount);
        await using var file = File.OpenRead(folder["a.wav"]);
        Assert.Equal("second"u8.ToArray(), await WavChunk.ReadAsync(file, "a.wav", "saed", 100, Stop));
    }

    [Fact]
    public async Task What_is_not_a_plain_WAV_file_gets_no_chunk_and_one_without_a_chunk_gives_none()
    {
        await File.WriteAllBytesAsync(folder["a.wav"], [.. "RIFX"u8, .. new byte[60]], Stop);
        await using (var file = File.OpenRead(folder["a.wav"])) Assert.Null(WavChunkStream.Open(file, "saed", [1]));
        WavFile.Write(folder["a.wav"], new Waveform([new float[10]], 16_000), WavEncoding.Pcm16);
        await using (var file = File.OpenRead(folder["a.wav"])) Assert.Null(await TakeSheetFile.ReadAsync(file, "a.wav", Stop));
    }

    [Fact]
    public void Settings_that_are_written_name_no_folder_of_this_machine_and_come_back_whole()
    {
        var good = Sheets.Good();
        var here = good with { Take = good.Take with { Error = "/home/ada/disk full", Settings = good.Take.Settings with { ModelPath = "/home/ada/models/demo/", SaePath = "C:\\saes\\tk" } } };
        var text = Encoding.UTF8.GetString(TakeSheetFile.ToBytes(here));
        Assert.DoesNotContain("ada", text, StringComparison.Ordinal);
        var again = TakeSheetFile.Parse(Encoding.UTF8.GetBytes(text), "a.wav");
        Assert.Equal(("demo", "tk", ulong.MaxValue), (again.Take.Settings.ModelPath, again.Take.Settings.SaePath, again.Take.Settings.Seed));
        Assert.Equal(good.Codes.Keys, again.Codes.Keys);
    }

    [Fact]
    public void A_take_of_several_SAEs_with_an_envelope_a_condition_and_moves_becomes_the_same_preset_from_its_file()
    {
        var good = Sheets.Good();
        var take = good.Take with
        {
            Saes = [new TakeSae("/saes/a/tk", new string('c', 64), "layers.4.resid_post"), new TakeSae("/saes/b/tk", new string('d', 64), "layers.6.resid_post")],
            Settings = good.Take.Settings with
            {
                SaePath = "/saes/a/tk",
                Steers =
                [
                    new TakeSteer(7, 2, "add", 0.5) { Envelope = [new EnvelopePoint(0, 0), new EnvelopePoint(5, 1)], Onset = 2 },
                    new TakeSteer(9, 3, "clamp", 0.5) { SaePath = "/saes/b/tk", Muted = true, Condition = new SteerCondition(4, 0.5, 1) { Sae = "/saes/a/tk" } },
                ],
                Moves = [new KnobMove(3, 1, 2)],
                Live = new TakeLive { WaitSeconds = 2 },
            },
        };
        var text = Encoding.UTF8.GetString(TakeSheetFile.ToBytes(good with { Take = take }));
        Assert.DoesNotContain("/saes", text, StringComparison.Ordinal);
        var far = PresetOfTake.Make(TakeSheetFile.Parse(Encoding.UTF8.GetBytes(text), "a.wav"), "a.wav");
        var here = PresetOfTake.Make(take, good.Name, "demo", "tk", arm => CodeGrid.FromBase64(good.Codes[arm].Base64, 2), _ => "Taiko drums");
        Assert.Equal(PresetContent.Hash(here), PresetContent.Hash(far));
        Assert.Equal((new string('d', 64), good.Take.SaeHash, 3), (far.Steers[1].Sae, far.Steers[1].Condition!.Sae, PresetFile.Parse(PresetFile.ToBytes(far), "a").SchemaVersion));
        var again = PresetSettings.ToTake(far, "m", "/saes/a/tk", hash => hash[0] == 'd' ? "/saes/b/tk" : hash == good.Take.SaeHash ? "/saes/a/tk" : throw new InvalidOperationException(hash));
        Assert.Equal(take.Settings.Steers.AsEnumerable(), again.Steers);
        Assert.Equal(("/saes/b/tk", true, 0.0), (again.Steers[1].SaePath, again.Steers[1].Muted, again.Live!.WaitSeconds));
        Assert.Equal(take.Settings.Moves, again.Moves);
        Assert.Throws<UserException>(() => PresetFile.Check(far with { Saes = null }));

        // The file of a preset's arm carries the same: two SAEs of one name stay two.
        var sheet = PresetSheet.Of(here with { Author = "Ada" }, PresetArms.Baseline, new DateTimeOffset(2026, 11, 30, 10, 15, 2, TimeSpan.Zero));
        var back = PresetOfTake.Make(TakeSheetFile.Parse(TakeSheetFile.ToBytes(sheet), "p.wav"), "p.wav");
        Assert.Equal(PresetContent.Hash(here), PresetContent.Hash(back));
        Assert.Equal((here.Name, "Ada", "Taiko drums", TakeArms.Baseline), (back.Name, back.Author, back.Steers[0].Label, sheet.Arm));
        Assert.StartsWith("take-20261130-101502-", sheet.Take.Id, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_take_continues_and_follows_is_in_its_file_and_a_file_without_it_is_refused()
    {
        var good = Sheets.Good();
        var given = new TakeSound { Source = "take-x.C", Name = "Loud", Start = 1, Seconds = 0.04, Codebooks = 2, Codes = new CodeGrid(2, 2).ToBase64() };
        var tune = new TakeSound { Source = "sound-x", Seconds = 2, Chroma = Convert.ToBase64String([0, 7]) };
        TakeSheet With(TakeSound? continued, TakeSound? melody) => good with { Take = good.Take with { Settings = good.Take.Settings with { Continue = continued, Melody = melody } } };
        var text = TakeSheetFile.ToBytes(With(given with { File = "/home/ada/x.wav" }, tune));
        Assert.DoesNotContain("ada", Encoding.UTF8.GetString(text), StringComparison.Ordinal);
        var again = TakeSheetFile.Parse(text, "a.wav");
        Assert.Equal((2, given, tune), (again.SchemaVersion, again.Take.Settings.Continue, again.Take.Settings.Melody));
        Assert.Equal(1, TakeSheetFile.Parse(TakeSheetFile.ToBytes(good), "a.wav").SchemaVersion);
        // The preset of the file has them too, and so does the file of the preset's arm. Where they were taken from does not count.
        var preset = PresetOfTake.Make(again, "a.wav");
        Assert.Equal((given, tune), (preset.Continue, preset.Melody));
        var back = PresetOfTake.Make(TakeSheetFile.Parse(TakeSheetFile.ToBytes(PresetSheet.Of(preset, PresetArms.Steered, DateTimeOffset.UnixEpoch)), "p.wav"), "p.wav");
        Assert.Equal(PresetContent.Hash(preset with { Continue = given with { Source = "file", Name = null, Start = 0 } }), PresetContent.Hash(back));
        Assert.NotEqual(PresetContent.Hash(preset with { Continue = given with { Codes = new CodeGrid(2, 1).ToBase64() } }), PresetContent.Hash(back));

        Refused("take.settings.continue.codes is missing: it is what the model was given of “Loud”", given with { Codes = null, Codebooks = 0 }, null);
        Refused("take.settings.melody.chroma is missing", null, tune with { Chroma = null });
        Refused("continue.source should name where the sound is from", given with { Source = "" }, null);
        Refused("take.settings.continue.seconds is 7.99; it may be at most the 0.04 s that its codes hold", given with { Seconds = 7.99 }, null);
        var code = new CodeGrid(2, 2);
        code[1, 1] = PresetLimits.MaxCode + 1;
        Refused("take.settings.continue holds the code 2048", given with { Codes = code.ToBase64() }, null);
        // The longest that is kept fits, whatever the arms' codes are.
        var frames = TakeLimits.MaxSoundText / 4 * 3 / 2 / 8;
        var longest = With(given with { Codebooks = 8, Codes = new CodeGrid(8, frames).ToBase64() }, null);
        longest = longest with { Take = longest.Take with { Settings = longest.Take.Settings with { Frames = frames + 1 } } };
        Assert.Equal(TakeLimits.MaxSoundText, longest.Take.Settings.Continue!.Codes!.Length);
        Assert.Equal(frames, TakeSheetFile.Parse(TakeSheetFile.ToBytes(longest), "a.wav").Take.Settings.Continue!.CountFrames());

        void Refused(string because, TakeSound? continued, TakeSound? melody) =>
            Assert.Contains(because, Assert.Throws<UserException>(() => TakeSheetFile.Parse(TakeSheetFile.ToBytes(With(continued, melody)), "a.wav")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Codes_that_do_not_fit_are_left_out_the_own_arm_s_last()
    {
        var large = PresetFile.Pack(new CodeGrid(8, 30_000));
        Assert.Equal([TakeArms.Steered], Kept(large, PresetFile.Pack(new CodeGrid(8, 30_000))));
        Assert.Empty(Kept(PresetFile.Pack(new CodeGrid(16, 30_000)), PresetFile.Pack(new CodeGrid(16, 30_000))));

        static IEnumerable<string> Kept(PresetCodes a, PresetCodes c) => TakeSheetFile.Parse(
            TakeSheetFile.ToBytes(Sheets.Good() with { Codes = new Dictionary<string, PresetCodes> { ["A"] = a, ["C"] = c } }), "a.wav").Codes.Keys;
    }

    [Fact]
    public void A_preset_made_from_the_file_has_the_take_s_settings_labels_and_codes()
    {
        var preset = PresetOfTake.Make(Sheets.Good(), "a.wav");
        Assert.Equal(("Loud taiko", "Ada", "CC-BY-4.0", 7, "Taiko drums"), (preset.Name, preset.Author, preset.Licence, preset.Steers[0].Feature, preset.Steers[0].Label));
        Assert.Equal(5, PresetFile.Codes(preset, PresetArms.Steered)[1, 5]);
        var bare = Sheets.Good() with { Codes = new Dictionary<string, PresetCodes>() };
        Assert.Contains("drop it on the Studio", Assert.Throws<UserException>(() => PresetOfTake.Make(bare, "a.wav")).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string> Hostile => new()
    {
        { "schemaVersion", "3", "layout 3" },
        { "schemaVersion", "\"x\"", "which layout" },
        { "colour", "1", "no field “colour” in a take's settings" },
        { "take.settings.modelPath", "\"/etc/passwd\"", "without a path" },
        { "take.settings.saePath", "\"..\\\\..\\\\x\"", "without a path" },
        { "take.settings.guidance", "1e9", "take.settings.guidance is 1000000000" },
        { "take.settings.arms", "[\"A\",\"A\"]", "The arms are “A, A”" },
        { "take.settings.arms", "[\"Z\"]", "The arms are “Z”" },
        { "take.settings.steers", "null", "steers" },
        { "take.ended", "{\"C\":{\"column\":1,\"samples\":1,\"message\":\"x\"}}", "take.ended belongs to" },
        { "take.saes", "[{\"path\":\"../x\",\"weightsHash\":\"a\",\"hook\":\"b.c\"}]", "take.saes.path is “../x”" },
        { "take.settings.moves", "[{\"column\":1,\"strip\":9,\"strength\":1}]", "strip 9" },
        { "take.id", "\"../../take\"", "not a take's id" },
        { "take.modelHash", "\"abc\"", "take.modelHash is “abc”" },
        { "take.hook", "\"<script>\"", "take.hook is “<script>”" },
        { "arm", "\"Q\"", "arm is “Q”" },
        { "name", "\"two\\nlines\"", "line break" },
        { "licence", "\"WTFPL\"", "licence is “WTFPL”" },
        { "codes.C.base64", "\"****\"", "not base64" },
        { "codes.C.frames", "9", "codes.C holds 6 frames" },
        { "codes.Z", "{\"codebooks\":1,\"frames\":1,\"base64\":\"AAA=\"}", "codes is “Z”" },
    };

    [Theory, MemberData(nameof(Hostile))]
    public void A_changed_file_is_refused_by_name_and_field(string place, string json, string message)
    {
        var root = JsonNode.Parse(TakeSheetFile.ToBytes(Sheets.Good()))!;
        var parts = place.Split('.');
        var parent = root;
        foreach (var part in parts[..^1]) parent = parent[part]!;
        parent[parts[^1]] = JsonNode.Parse(json);
        var error = Assert.Throws<UserException>(() => TakeSheetFile.Parse(Encoding.UTF8.GetBytes(root.ToJsonString()), "stranger.wav"));
        Assert.StartsWith("stranger.wav", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chunk_that_claims_gigabytes_or_a_file_of_chunks_alone_is_refused()
    {
        byte[] riff = [.. "RIFF"u8, 0, 0, 0, 0, .. "WAVE"u8];
        byte[] huge = [.. riff, .. "saed"u8, 0xFF, 0xFF, 0xFF, 0x7F];
        Assert.Contains("2,147,483,647 bytes", (await Assert.ThrowsAsync<UserException>(() => TakeSheetFile.ReadAsync(new MemoryStream(huge), "a.wav", Stop))).Message, StringComparison.Ordinal);
        byte[] cut = [.. riff, .. "saed"u8, 100, 0, 0, 0, 1, 2];
        Assert.Contains("cut short", (await Assert.ThrowsAsync<UserException>(() => TakeSheetFile.ReadAsync(new MemoryStream(cut), "a.wav", Stop))).Message, StringComparison.Ordinal);
        byte[] many = [.. riff, .. Enumerable.Repeat("xxxx\0\0\0\0"u8.ToArray(), 2000).SelectMany(chunk => chunk)];
        Assert.Contains("more than 1024 chunks", (await Assert.ThrowsAsync<UserException>(() => TakeSheetFile.ReadAsync(new MemoryStream(many), "a.wav", Stop))).Message, StringComparison.Ordinal);
        Assert.Contains("not a WAV file", (await Assert.ThrowsAsync<UserException>(() => TakeSheetFile.ReadAsync(new MemoryStream("{}"u8.ToArray()), "a.wav", Stop))).Message, StringComparison.Ordinal);
    }

    private sealed class ForwardOnly(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}

/// <summary>A take's settings as a WAV file carries them.</summary>
internal static class Sheets
{
    public static TakeSheet Good()
    {
        var baseline = new CodeGrid(2, 6);
        var steered = new CodeGrid(2, 6);
        for (var frame = 0; frame < 6; frame++) steered[1, frame] = frame;
        return new TakeSheet
        {
            Name = "Loud taiko",
            Arm = TakeArms.Steered,
            Author = "Ada",
            Licence = "CC-BY-4.0",
            Take = new TakeManifest
            {
                Id = "take-20261130-101502-x7k2",
                State = TakeState.Done,
                CreatedUtc = DateTimeOffset.UnixEpoch,
                ModelHash = new string('a', 64),
                CodecHash = new string('b', 64),
                SaeHash = new string('c', 64),
                Hook = "layers.4.resid_post",
                SampleRate = 16_000,
                FrameRate = 50,
                Samples = 1920,
                Settings = new TakeSettings
                {
                    ModelPath = "demo", SaePath = "sae", Seed = ulong.MaxValue, Frames = 6, Prompt = "taiko “solo” ä", Steers = [new TakeSteer(7, 2.5, "add", 0.25)],
                },
            },
            Labels = [new TakeSheetLabel(7, "Taiko drums")],
            Codes = new Dictionary<string, PresetCodes> { ["A"] = PresetFile.Pack(baseline), ["C"] = PresetFile.Pack(steered) },
        };
    }
}

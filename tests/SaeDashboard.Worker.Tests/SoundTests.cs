using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;

namespace SaeDashboard.Worker.Tests;

/// <summary>Sound that people hand in, of every kind and length, and what is made from codes.</summary>
public sealed class SoundTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Piece_n_of_a_batch_made_alone_is_the_same()
    {
        string[] asked = ["generate", "--model", WorkerProcess.DemoModel, "--prompt", "Simple melody", "--seconds", "1", "--seed", "9"];
        WorkerProcess.Json(folder.Path, [.. asked, "--batch", "3", "--out", "x.wav", "--codes", "x.json"]);
        WorkerProcess.Json(folder.Path, [.. asked, "--piece", "2", "--out", "alone.wav", "--codes", "alone.json"]);
        Assert.Equal(File.ReadAllBytes(folder["x.2.wav"]), File.ReadAllBytes(folder["alone.wav"]));
        Assert.Equal(File.ReadAllText(folder["x.2.json"]), File.ReadAllText(folder["alone.json"]));
        Assert.NotEqual(File.ReadAllBytes(folder["x.0.wav"]), File.ReadAllBytes(folder["alone.wav"]));
        Assert.Equal(2, WorkerProcess.Run(folder.Path, [.. asked, "--piece", "2", "--batch", "3", "--out", "y.wav"]).ExitCode);
        Assert.Equal(2, WorkerProcess.Run(folder.Path, [.. asked, "--piece", "64", "--out", "y.wav"]).ExitCode);
    }

    [Fact]
    public void Codes_are_continued_as_they_are_whole_or_from_their_end()
    {
        using var dataset = ClipDataset.Open(WorkerProcess.DemoDataset);
        var given = dataset.Codes(dataset.Clips[3]).Slice(100, 60);
        given.WriteJson(folder["given.json"]);
        string[] asked = ["generate", "--model", WorkerProcess.DemoModel, "--continue-codes", "given.json", "--out", "x.wav", "--codes", "x.json"];
        WorkerProcess.Json(folder.Path, [.. asked, "--seconds", "1.5"]);
        var whole = CodeGrid.ReadJson(folder["x.json"]);
        Assert.True(whole.Slice(0, 60).ContentEquals(given));
        WorkerProcess.Json(folder.Path, [.. asked, "--seconds", "1", "--continue-last", "0.5"]);
        var last = CodeGrid.ReadJson(folder["x.json"]);
        Assert.Equal(50, last.Frames);
        Assert.True(last.Slice(0, 25).ContentEquals(given.Slice(35, 25)));

        WorkerProcess.Fails(folder.Path, [.. asked, "--seconds", "1"], "given.json is already 1.20 s long");
        var foreign = new CodeGrid(2, 10);
        foreign.WriteJson(folder["given.json"]);
        WorkerProcess.Fails(folder.Path, [.. asked, "--seconds", "1"], "given.json: 2 codebooks, but the model has 4");
        Assert.Equal(2, WorkerProcess.Run(folder.Path, ["generate", "--model", WorkerProcess.DemoModel, "--continue-last", "1", "--out", "x.wav"]).ExitCode);
    }

    [Fact]
    public void The_last_seconds_of_a_sound_are_continued()
    {
        var random = new Random(1);
        float[] noise = [.. Enumerable.Range(0, 80_000).Select(at => 0.3f * MathF.Sin(at * 0.05f) + 0.05f * random.NextSingle())];
        WavFile.Write(folder["long.wav"], new Waveform([noise], 16000), WavEncoding.Float32);
        WavFile.Write(folder["end.wav"], new Waveform([noise[^16000..]], 16000), WavEncoding.Float32);
        WorkerProcess.Json(folder.Path, "encode", "--model", WorkerProcess.DemoModel, "--audio", "end.wav", "--codes", "end.json");
        WorkerProcess.Json(folder.Path, "generate", "--model", WorkerProcess.DemoModel, "--continue", "long.wav", "--continue-last", "1", "--seconds", "1.4", "--out", "x.wav", "--codes", "x.json");
        Assert.True(CodeGrid.ReadJson(folder["x.json"]).Slice(0, 50).ContentEquals(CodeGrid.ReadJson(folder["end.json"])));
    }

    [Fact]
    [Trait("Length", "Long")]
    public void Long_sounds_say_how_far_they_are_and_short_ones_do_not()
    {
        WavFile.Write(folder["long.wav"], new Waveform([new float[12 * 8000]], 8000), WavEncoding.Pcm16);
        WavFile.Write(folder["short.wav"], new Waveform([new float[2 * 8000]], 8000), WavEncoding.Pcm16);
        var said = WorkerProcess.Run(folder.Path, "encode", "--model", WorkerProcess.DemoModel, "--audio", "long.wav", "--codes", "long.json").Error;
        Assert.Contains("Encoding: 12 of 12 seconds", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Encoding:", WorkerProcess.Run(folder.Path, "encode", "--model", WorkerProcess.DemoModel, "--audio", "short.wav", "--codes", "short.json").Error, StringComparison.Ordinal);
        said = WorkerProcess.Run(folder.Path, "decode", "--model", WorkerProcess.DemoModel, "--codes", "long.json", "--out", "again.wav").Error;
        Assert.Contains("Decoding: 600 of 600 frames", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sound_of_no_samples_is_named()
    {
        WavFile.Write(folder["none.wav"], new Waveform([[]], 16000), WavEncoding.Pcm16);
        WorkerProcess.Fails(folder.Path, ["encode", "--model", WorkerProcess.DemoModel, "--audio", "none.wav", "--codes", "none.json"], "none.wav holds no sound");
        WorkerProcess.Fails(folder.Path, ["generate", "--model", WorkerProcess.DemoModel, "--continue", "none.wav", "--out", "x.wav"], "none.wav holds no sound");
    }

    [Fact]
    public void Without_ffmpeg_the_command_that_installs_it_is_said()
    {
        File.WriteAllBytes(folder["a.flac"], [.. "fLaC"u8, .. new byte[100]]);
        var refused = WorkerProcess.RunProgram($"PATH={folder.Path}", folder.Path, WorkerProcess.Program, "encode", "--model", WorkerProcess.DemoModel, "--audio", "a.flac", "--codes", "a.json");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("a.flac is not a WAV file (it begins with 'fLaC'), which is read through ffmpeg, and ffmpeg is not installed. Install it with: ", refused.Error, StringComparison.Ordinal);
        Assert.Contains("install ffmpeg", refused.Error, StringComparison.Ordinal);
    }

    /// <summary>A program in ffmpeg's place, which says what it was asked and gives a sound.</summary>
    [Fact]
    public void Ffmpeg_gets_the_file_through_a_pipe_and_fixed_arguments()
    {
        WavFile.Write(folder["sound.wav"], new Waveform([[.. Enumerable.Range(0, 16000).Select(at => MathF.Sin(at * 0.1f))]], 16000), WavEncoding.Float32);
        // As ffmpeg writes to a pipe: the length is not known.
        using (var wav = File.OpenWrite(folder["sound.wav"]))
        {
            wav.Position = 54;
            wav.Write([0xFF, 0xFF, 0xFF, 0xFF]);
        }
        File.WriteAllBytes(folder["-y; touch evil.mp3"], [.. "ID3"u8, .. new byte[300_000]]);
        Fake($"echo \"$@\" > '{folder["asked"]}'; env > '{folder["environment"]}'; cat | wc -c > '{folder["taken"]}'; cat '{folder["sound.wav"]}'");
        var made = WithFake("encode", "--model", WorkerProcess.DemoModel, "--audio", "-y; touch evil.mp3", "--codes", "a.json");
        Assert.True(made.ExitCode == 0, made.Error);
        Assert.Equal(50, CodeGrid.ReadJson(folder["a.json"]).Frames);
        var asked = File.ReadAllText(folder["asked"]);
        Assert.StartsWith("-v error -nostdin -protocol_whitelist pipe -format_whitelist ", asked, StringComparison.Ordinal);
        Assert.EndsWith("-i pipe:0 -map 0:a:0 -f wav -c:a pcm_f32le pipe:1\n", asked, StringComparison.Ordinal);
        Assert.Equal("300003", File.ReadAllText(folder["taken"]).Trim());
        Assert.False(File.Exists(folder["evil.mp3"]));
        Assert.DoesNotContain("HOME=", File.ReadAllText(folder["environment"]), StringComparison.Ordinal);
    }

    [Fact]
    public void What_ffmpeg_cannot_read_is_refused_in_its_words()
    {
        File.WriteAllBytes(folder["a.mp3"], [.. "ID3"u8, .. new byte[100]]);
        Fake("cat > /dev/null; echo 'pipe:0: Invalid data found when processing input' >&2; exit 1");
        var refused = WithFake("encode", "--model", WorkerProcess.DemoModel, "--audio", "a.mp3", "--codes", "a.json");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("a.mp3 is not a WAV file", refused.Error, StringComparison.Ordinal);
        Assert.Contains("Invalid data found", refused.Error, StringComparison.Ordinal);

        // It ends in the middle: the half is not taken for the whole.
        WavFile.Write(folder["sound.wav"], new Waveform([new float[40_000]], 16000), WavEncoding.Float32);
        Fake($"cat > /dev/null; head -c 50000 '{folder["sound.wav"]}'; echo 'Conversion failed!' >&2; exit 1");
        refused = WithFake("encode", "--model", WorkerProcess.DemoModel, "--audio", "a.mp3", "--codes", "a.json");
        Assert.Equal(1, refused.ExitCode);
        Assert.False(File.Exists(folder["a.json"]));
    }

    private void Fake(string script)
    {
        File.WriteAllText(folder["ffmpeg"], "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder["ffmpeg"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private WorkerOutcome WithFake(params string[] arguments) => WorkerProcess.RunProgram($"PATH={folder.Path}:/usr/bin:/bin", folder.Path, [WorkerProcess.Program, .. arguments]);
}

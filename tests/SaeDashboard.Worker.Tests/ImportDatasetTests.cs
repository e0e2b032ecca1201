using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Worker.Tests;

/// <summary>The verb import-dataset on a small folder of sounds; scripts/checks/import.sh does it with two hundred that sox and ffmpeg made.</summary>
public sealed class ImportDatasetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Sounds whose levels and lengths are known because they were computed here; a program in ffmpeg's place that gives a known sound.</summary>
    [Fact]
    public void A_folder_of_mixed_files_becomes_a_dataset_and_what_was_refused_is_listed()
    {
        Directory.CreateDirectory(folder["in/sub"]);
        // At the model's own rate: its codes are those of the verb encode.
        WavFile.Write(folder["in/own.wav"], new Waveform([Tone(32_000, 16_000, 0.3f)], 16_000), WavEncoding.Float32);
        WriteExtensible24(folder["in/sub/cd 24.wav"], [Tone(147_000, 44_100, 0.5f), Tone(147_000, 44_100, 0.5f)], 44_100);
        WavFile.Write(folder["in/long.wav"], new Waveform([Tone(120_000, 48_000, 0.25f), Tone(120_000, 48_000, 0.75f)], 48_000), WavEncoding.Pcm16);
        WavFile.Write(folder["in/short.wav"], new Waveform([Tone(1600, 16_000, 0.5f)], 16_000), WavEncoding.Pcm16);
        WavFile.Write(folder["in/cut.wav"], new Waveform([Tone(16_000, 16_000, 0.5f)], 16_000), WavEncoding.Pcm16);
        using (var cut = File.OpenWrite(folder["in/cut.wav"])) cut.SetLength(9000);
        File.WriteAllText(folder["in/text.wav"], "This is text in a file that is named like a sound.");
        WavFile.Write(folder["in/unnamed.wav"], new Waveform([Tone(16_000, 16_000, 0.5f)], 16_000), WavEncoding.Pcm16);
        File.WriteAllText(folder["in/cover.jpg"], "a picture");
        WavFile.Write(folder["decoded.wav"], new Waveform([Tone(24_000, 16_000, 0.4f)], 16_000), WavEncoding.Float32);
        File.WriteAllBytes(folder["in/a.flac"], Flac(samples: 24_000));
        File.WriteAllBytes(folder["in/cut.flac"], Flac(samples: 48_000));
        File.WriteAllBytes(folder["in/b.mp3"], [.. "ID3"u8, 4, 0, 0, 0, 0, 0, 0, .. new byte[300]]);
        File.WriteAllText(folder["in/metadata.csv"], """
            file_name,caption,artist
            own.wav,"a tone, plain",A
            sub/cd 24.wav,two channels of CD,A
            long.wav,a long one,B
            short.wav,too short,C
            cut.wav,cut,C
            text.wav,no sound,C
            a.flac,a FLAC,C
            cut.flac,a cut FLAC,C
            b.mp3,an MP3,D
            gone.wav,missing,D
            ../out.wav,outside,D
            own.wav,again,D
            odd,row
            """);
        Fake($"f=$(cat | head -c 4); case $f in fLaC|ID3*) cat '{folder["decoded.wav"]}';; *) echo 'Invalid data found when processing input' >&2; exit 1;; esac");

        var made = WithFake("import-dataset", "--folder", "in", "--model", WorkerProcess.DemoModel, "--out", "data", "--seconds", "2", "--min-seconds", "0.5", "--group-column", "artist", "--shares", "1,1,1", "--json");
        Assert.True(made.ExitCode == 0, made.Error);
        using var dataset = ClipDataset.Open(folder["data"]);
        Assert.Equal((4, 100), (dataset.Codebooks, dataset.Frames));
        var lines = File.ReadAllLines(folder["data/metadata.jsonl"]).Select(line => JsonNode.Parse(line)!).ToList();
        // 147,000 samples at 44,100 Hz are 3.3333 s: a whole clip, and whole frames of the rest.
        Assert.Equal(
            [("a", 1.5, 0.0), ("b", 1.5, 0.0), ("long-001", 2.0, 0.0), ("long-002", 0.5, 2.0), ("own", 2.0, 0.0), ("sub-cd-24-001", 2.0, 0.0), ("sub-cd-24-002", 1.32, 2.0)],
            lines.Select(line => (line["id"]!.GetValue<string>(), Math.Round(line["seconds"]!.GetValue<double>(), 6), line["start"]!.GetValue<double>())));
        // The level of a sine is its amplitude over √2; two channels are mixed to their mean.
        double Level(string id) => lines.First(line => line["id"]!.GetValue<string>() == id)["levelDb"]!.GetValue<double>();
        Assert.All(new[] { ("own", 0.3), ("sub-cd-24-001", 0.5), ("sub-cd-24-002", 0.5), ("long-001", 0.5), ("long-002", 0.5), ("a", 0.4), ("b", 0.4) },
            each => Assert.Equal(20 * Math.Log10(each.Item2 / Math.Sqrt(2)), Level(each.Item1), 0.05));
        Assert.Equal("a tone, plain", dataset.Clips.First(clip => clip.Id == "own").Caption);
        // No artist is in two splits, and every split has one.
        Assert.All(lines.GroupBy(line => line["group"]!.GetValue<string>()), group => Assert.Single(group.Select(line => line["split"]!.GetValue<string>()).Distinct()));
        Assert.Equal(["sae-train", "select", "test"], dataset.Clips.Select(clip => clip.Split).Distinct().Order(StringComparer.Ordinal));

        var refused = JsonLines.Read<ImportRefusal>(folder["data/refused.jsonl"], tolerateTornEnd: false).Select(each => (each.File ?? "", each.Line ?? 0, each.Reason)).ToList();
        Assert.Equal(
            [
                ("", 14, ImportRefusalReason.UnreadableRow), ("../out.wav", 12, ImportRefusalReason.Outside), ("cover.jpg", 0, ImportRefusalReason.OtherFile), ("cut.flac", 9, ImportRefusalReason.Truncated),
                ("cut.wav", 6, ImportRefusalReason.Truncated), ("gone.wav", 11, ImportRefusalReason.RowWithoutFile), ("own.wav", 13, ImportRefusalReason.Duplicate), ("short.wav", 5, ImportRefusalReason.TooShort),
                ("text.wav", 7, ImportRefusalReason.NotAudio), ("unnamed.wav", 0, ImportRefusalReason.FileWithoutCaption),
            ], refused);
        var said = JsonDocument.Parse(made.Output).RootElement;
        Assert.Equal((5, 7, 2), (said.GetProperty("files").GetInt32(), said.GetProperty("clips").GetInt32(), said.GetProperty("refused").GetProperty("truncated").GetInt32()));

        WorkerProcess.Json(folder.Path, "encode", "--model", WorkerProcess.DemoModel, "--audio", "in/own.wav", "--codes", "own.json");
        Assert.True(CodeGrid.ReadJson(folder["own.json"]).ContentEquals(dataset.Codes(dataset.Clips.First(clip => clip.Id == "own"))));
        Assert.Equal(["data", "decoded.wav", "ffmpeg", "in", "own.json"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_job_says_how_far_it_is_and_what_it_made()
    {
        Directory.CreateDirectory(folder["in"]);
        for (var i = 0; i < 4; i++) WavFile.Write(folder[$"in/{i}.wav"], new Waveform([Tone(20_000, 16_000, 0.3f)], 16_000), WavEncoding.Pcm16);
        File.WriteAllText(folder["in/metadata.jsonl"], string.Concat(Enumerable.Range(0, 4).Select(i => $"{{\"file_name\": \"{i}.wav\", \"text\": \"number {i}\", \"set\": \"{(i < 2 ? "train" : i == 2 ? "validation" : "holdout")}\"}}\n")));
        var plan = new RunPlan
        {
            Kind = RunKind.Import, ModelPath = WorkerProcess.DemoModel, DatasetPath = folder["data"], Layer = 0, ActivationsPath = "", SaePath = "",
            Import = new ImportPlan { Folder = folder["in"], Seconds = 1, MinSeconds = 0.2, SplitColumn = "set" },
        };
        Directory.CreateDirectory(folder["job"]);
        AtomicFile.WriteJson(folder["job/config.json"], plan);
        WorkerProcess.Json(folder.Path, "import-dataset", "--run-dir", "job");
        var status = RunFolder.ReadStatus(folder["job"])!;
        Assert.Equal((RunState.Done, StageName.Import, StageName.Import), (status.State, status.Stage, Assert.Single(status.Stages!).Name));
        using (var dataset = ClipDataset.Open(folder["data"])) Assert.Equal([("0-001", "sae-train"), ("0-002", "sae-train"), ("1-001", "sae-train"), ("1-002", "sae-train"), ("2-001", "select"), ("2-002", "select")], dataset.Clips.Select(clip => (clip.Id, clip.Split)));
        Assert.Equal(ImportRefusalReason.UnknownSplit, Assert.Single(JsonLines.Read<ImportRefusal>(folder["data/refused.jsonl"], tolerateTornEnd: false)).Reason);
        Assert.False(Directory.Exists(folder["job/import"]));
        Assert.Contains("3 files became 6 clips", File.ReadAllText(folder["job/log.txt"]), StringComparison.Ordinal);
    }

    /// <summary>Killed at random moments, an import leaves no folder that looks like a dataset, and continues to the same one.</summary>
    [Fact]
    [Trait("Length", "Long")]
    public void Killed_at_random_moments_it_continues_to_the_same_dataset()
    {
        Directory.CreateDirectory(folder["in"]);
        for (var i = 0; i < 24; i++) WavFile.Write(folder[$"in/{i}.wav"], new Waveform([Tone(160_000 + i * 1000, 16_000, 0.3f)], 16_000), WavEncoding.Pcm16);
        string[] Asked(string output) => ["import-dataset", "--folder", "in", "--model", WorkerProcess.DemoModel, "--out", output, "--seconds", "2", "--missing-caption", "empty"];
        var clock = Stopwatch.StartNew();
        WorkerProcess.Json(folder.Path, Asked("whole"));
        var seconds = clock.Elapsed.TotalSeconds;
        WorkerProcess.Fails(folder.Path, Asked("whole"), "whole exists already");
        Assert.Equal(2, WorkerProcess.Run(folder.Path, [.. Asked("x"), "--shares", "0,1,1"]).ExitCode);
        var (random, kills, finished) = (new Random(5), 0, 0);
        for (var round = 0; finished < 4; round++)
        {
            using var process = WorkerProcess.Start(folder.Path, Asked($"data{finished}"));
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (!process.WaitForExit(TimeSpan.FromSeconds(seconds * (0.3 + random.NextDouble()))))
            {
                process.Kill();
                process.WaitForExit();
                kills++;
            }
            if (!Directory.Exists(folder[$"data{finished}"])) continue;
            // Whole as soon as it has its name; a second start clears what the first left.
            Assert.Equal(File.ReadAllBytes(folder["whole/codes.safetensors"]), File.ReadAllBytes(folder[$"data{finished}/codes.safetensors"]));
            Assert.Equal(File.ReadAllText(folder["whole/metadata.jsonl"]), File.ReadAllText(folder[$"data{finished}/metadata.jsonl"]));
            finished++;
            Assert.True(round < 60, "It does not finish.");
        }
        Assert.True(kills >= 4, $"{kills} kills");
    }

    private static float[] Tone(int samples, int rate, float amplitude) => [.. Enumerable.Range(0, samples).Select(at => amplitude * MathF.Sin(2 * MathF.PI * 440 * at / rate))];

    /// <summary>The beginning of a FLAC file that announces a number of samples at 16 kHz.</summary>
    private static byte[] Flac(long samples)
    {
        var bytes = new byte[200];
        "fLaC"u8.CopyTo(bytes);
        bytes[7] = 34;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(18), (16_000L << 44) | (15L << 36) | samples);
        return bytes;
    }

    /// <summary>A WAV file of 24 bits with the extensible format, as audio workstations write it.</summary>
    private static void WriteExtensible24(string path, float[][] channels, int rate)
    {
        using var writer = new BinaryWriter(File.Create(path));
        var data = channels[0].Length * channels.Length * 3;
        writer.Write("RIFF"u8);
        writer.Write(60 + data);
        writer.Write("WAVEfmt "u8);
        writer.Write(40);
        writer.Write((ushort)0xFFFE);
        writer.Write((ushort)channels.Length);
        writer.Write(rate);
        writer.Write(rate * channels.Length * 3);
        writer.Write((ushort)(channels.Length * 3));
        writer.Write((ushort)24);
        writer.Write((ushort)22);
        writer.Write((ushort)24);
        writer.Write(3);
        writer.Write([1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
        writer.Write("data"u8);
        writer.Write(data);
        for (var at = 0; at < channels[0].Length; at++)
        {
            foreach (var channel in channels)
            {
                var value = (int)MathF.Round(channel[at] * 8_388_607);
                writer.Write([(byte)value, (byte)(value >> 8), (byte)(value >> 16)]);
            }
        }
    }

    private void Fake(string script)
    {
        File.WriteAllText(folder["ffmpeg"], "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder["ffmpeg"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private WorkerOutcome WithFake(params string[] arguments) => WorkerProcess.RunProgram($"PATH={folder.Path}:/usr/bin:/bin", folder.Path, [WorkerProcess.Program, .. arguments]);
}

using System.Net.Http.Json;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.Worker.Serving;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>Sounds read by the resident worker: what fires in them, and what it says of those it cannot read.</summary>
public sealed class ReadingTests(ServeProcessFixture serve) : IClassFixture<ServeProcessFixture>
{
    /// <summary>The exact case: by codes, without re-encoding and without a cut.</summary>
    [Fact]
    public async Task A_clip_read_by_its_codes_has_the_activations_of_the_index()
    {
        using var dataset = ClipDataset.Open(WorkerProcess.DemoDataset);
        using var index = FeatureIndex.Open(Path.Combine(WorkerProcess.DemoSae, "index"));
        var row = index.TopRows(1337)[0];
        var sound = await serve.ReadAsync(dataset.Codes(dataset.Clips[row]));
        Assert.Equal((512, 50.0, index.Info.FirstColumn), (sound.Frames, sound.FrameRate, sound.FirstColumn));
        var strips = 0;
        for (var feature = 0; feature < index.Count; feature++)
        {
            var rank = index.TopRows(feature).IndexOf(row);
            if (rank < 0) continue;
            strips++;
            var (top, strip) = (index.TopClips(feature)[rank], index.Strip(feature, rank));
            var place = sound.PlaceOf(feature);
            Assert.True(place >= 0, $"feature {feature} does not fire");
            var (columns, values) = (sound.Columns(place).ToArray(), sound.Values(place).ToArray());
            Assert.Equal(strip.Columns, columns.Select(column => (int)column));
            // The index packs a strip to a 255th of its largest; the largest itself is exact to the rounding of another batch.
            for (var i = 0; i < columns.Length; i++) Assert.InRange(Math.Abs(strip.Values[i] - values[i]), 0, (0.5f / 255 + 1e-4f) * top.Value + 0.5f / 255 * top.Value);
            var best = Enumerable.Range(0, columns.Length).Where(i => columns[i] >= index.Info.FirstColumn).MaxBy(i => values[i]);
            Assert.Equal(top.Column, columns[best]);
            Assert.Equal(top.Value, values[best], 1e-4f * top.Value);
        }
        Assert.True(strips >= 5, $"{strips} strips");
    }

    [Fact]
    public async Task A_sound_file_is_read_as_the_codes_that_encode_makes_of_it()
    {
        using var dataset = ClipDataset.Open(WorkerProcess.DemoDataset);
        var wav = Path.Combine(serve.Folder, "cut.wav");
        new CodesToWav(serve.Folder).Write(dataset.Codes(dataset.Clips[3]).Slice(37, 200), wav);
        WorkerProcess.Json(serve.Folder, "encode", "--model", WorkerProcess.DemoModel, "--audio", wav, "--codes", "cut.json");
        var events = await serve.EventsAsync(new ReadingRequest(WorkerProcess.DemoModel, WorkerProcess.DemoSae, 0, null, wav));
        Assert.Contains(events, happened => happened is { Type: ReadingEventType.Encoding, Total: 4 });
        Assert.Contains(events, happened => happened is { Type: ReadingEventType.Reading, Total: 200 });
        var (byFile, byCodes) = (SoundActivations.Read(events[^1].Result!), await serve.ReadAsync(CodeGrid.ReadJson(Path.Combine(serve.Folder, "cut.json"))));
        Equal(byCodes, byFile);
    }

    /// <summary>What is longer than the model's window is read in windows: the first of them is that of a shorter sound.</summary>
    [Fact]
    public async Task A_long_sound_begins_as_its_first_window_and_is_read_to_its_end()
    {
        using var dataset = ClipDataset.Open(WorkerProcess.DemoDataset);
        var (one, two) = (dataset.Codes(dataset.Clips[0]), dataset.Codes(dataset.Clips[1]));
        var both = new CodeGrid(4, 1024);
        for (var codebook = 0; codebook < 4; codebook++)
        {
            for (var frame = 0; frame < 1024; frame++) both[codebook, frame] = frame < 512 ? one[codebook, frame] : two[codebook, frame - 512];
        }
        var (whole, first) = (await serve.ReadAsync(both), await serve.ReadAsync(one));
        for (var place = 0; place < first.Features.Length; place++)
        {
            var there = whole.PlaceOf(first.Features[place]);
            Assert.True(there >= 0);
            Assert.Equal(first.Columns(place).ToArray(), whole.Columns(there).ToArray().Where(column => column <= 512));
        }
        Assert.InRange(Enumerable.Range(0, whole.Features.Length).Max(place => (int)whole.Columns(place)[^1]), 1020, 1024);
    }

    [Fact]
    public void Windows_cover_every_column_once()
    {
        foreach (var frames in (int[])[1, 511, 512, 513, 800, 801, 1500, 6000])
        {
            var windows = ReadingWindow.Plan(frames, new WindowSettings(480, 288, 512));
            var columns = windows.SelectMany(window => Enumerable.Range(window.Start + window.Skip + 1, window.Frames - window.Skip)).ToArray();
            Assert.Equal(Enumerable.Range(1, frames), columns);
            Assert.All(windows, window => Assert.InRange(window.Frames, 1, 512));
            Assert.All(windows.Skip(1), window => Assert.InRange(window.Skip, 512 - 288, 511));
        }
    }

    [Fact]
    public async Task A_sound_that_cannot_be_read_is_refused_with_what_is_wrong()
    {
        var wave = new Waveform([new float[16_000]], 16_000);
        var outside = Path.Combine(Path.GetTempPath(), $"sae-outside-{Guid.NewGuid():N}.wav");
        WavFile.Write(outside, wave, WavEncoding.Pcm16);
        try
        {
            await Refused(outside, "outside the folders");
        }
        finally
        {
            File.Delete(outside);
        }
        File.WriteAllText(Path.Combine(serve.Folder, "text.wav"), "no sound at all, whatever its name");
        await Refused(Path.Combine(serve.Folder, "text.wav"), "is not a WAV file");
        File.WriteAllBytes(Path.Combine(serve.Folder, "empty.wav"), []);
        await Refused(Path.Combine(serve.Folder, "empty.wav"), "is empty");
        WavFile.Write(Path.Combine(serve.Folder, "long.wav"), new Waveform([new float[121 * 8000]], 8000), WavEncoding.Pcm16);
        await Refused(Path.Combine(serve.Folder, "long.wav"), "121.0 s; at most 120 s");
        await Refused(Path.Combine(serve.Folder, "none.wav"), "does not exist");
        var nothing = await serve.EventsAsync(new ReadingRequest(WorkerProcess.DemoModel, WorkerProcess.DemoSae, 4, "", null));
        Assert.Contains("0 frames", nothing[^1].Message, StringComparison.Ordinal);
        var neither = await serve.EventsAsync(new ReadingRequest(WorkerProcess.DemoModel, WorkerProcess.DemoSae, 0, null, null));
        Assert.Contains("either codes or a sound file", neither[^1].Message, StringComparison.Ordinal);
        // The worker has taken no harm.
        Assert.Equal(10, (await serve.ReadAsync(new CodeGrid(4, 10))).Frames);

        async Task Refused(string path, string said)
        {
            var events = await serve.EventsAsync(new ReadingRequest(WorkerProcess.DemoModel, WorkerProcess.DemoSae, 0, null, path));
            Assert.Equal(ReadingEventType.Error, events[^1].Type);
            Assert.Contains(said, events[^1].Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Readings_are_answered_while_a_take_is_made_and_know_their_place()
    {
        // Two minutes of music: longer than all that is asked meanwhile.
        var (takeId, making) = await serve.Start(ServeProcessFixture.Settings(6000));
        using (making)
        {
            var sounds = Enumerable.Range(0, 3).Select(_ => serve.EventsAsync(new ReadingRequest(WorkerProcess.DemoModel, WorkerProcess.DemoSae, 4, new CodeGrid(4, 500).ToBase64()))).ToArray();
            var answers = await Task.WhenAll(sounds);
            Assert.All(answers, events => Assert.Equal(ReadingEventType.Done, events[^1].Type));
            Assert.Contains(answers, events => events.Any(happened => happened is { Type: ReadingEventType.Waiting, Position: > 0 }));
            var queue = await serve.Client.GetFromJsonAsync<GenerationStatus[]>("v1/generations", JsonDefaults.Lines, ServeProcessFixture.Limit);
            Assert.Equal((takeId, TakeState.Running), (Assert.Single(queue!).TakeId, queue![0].State));
            using var cancelled = await serve.Client.DeleteAsync($"v1/generations/{takeId}", ServeProcessFixture.Limit);
            await foreach (var _ in ServeProcessFixture.Events(making)) { }
        }
    }

    [Fact]
    public async Task The_reversed_arm_has_the_same_noise_and_the_other_sign()
    {
        var steer = new TakeSteer(526, 3, "add", 0);
        var three = await serve.Make(ServeProcessFixture.Settings(40, steer) with { Arms = [TakeArms.Baseline, TakeArms.Steered, TakeArms.Reversed], Preview = true });
        var two = await serve.Make(ServeProcessFixture.Settings(40, steer));
        var down = await serve.Make(ServeProcessFixture.Settings(40, steer with { Strength = -3 }));
        Assert.Equal((TakeState.Done, true, false), (three.State, three.Settings.Preview, two.Settings.Preview));
        // Two steered arms, each for two guidance halves and three columns of delay.
        Assert.Equal(2 * 2 * 43, three.HookCalls);
        Assert.True(Codes(three, TakeArms.Baseline).ContentEquals(Codes(two, TakeArms.Baseline)));
        Assert.True(Codes(three, TakeArms.Steered).ContentEquals(Codes(two, TakeArms.Steered)));
        Assert.True(Codes(three, TakeArms.Reversed).ContentEquals(Codes(down, TakeArms.Steered)));
        Assert.False(Codes(three, TakeArms.Reversed).ContentEquals(Codes(three, TakeArms.Steered)));

        CodeGrid Codes(TakeManifest take, string arm) => serve.Take(take.Id).ReadCodes(arm)!;
    }

    private static void Equal(SoundActivations expected, SoundActivations actual)
    {
        Assert.Equal(expected.Features.ToArray(), actual.Features.ToArray());
        for (var place = 0; place < expected.Features.Length; place++)
        {
            Assert.Equal(expected.Columns(place).ToArray(), actual.Columns(place).ToArray());
            Assert.Equal(expected.Values(place).ToArray(), actual.Values(place).ToArray());
        }
    }
}

/// <summary>Writes codes as a sound file, by the verb.</summary>
/// <param name="folder">Where the codes are put on the way.</param>
internal sealed class CodesToWav(string folder)
{
    public void Write(CodeGrid codes, string wav)
    {
        var json = Path.Combine(folder, $"codes-{Guid.NewGuid():N}.json");
        codes.WriteJson(json);
        WorkerProcess.Json(folder, "decode", "--model", WorkerProcess.DemoModel, "--codes", json, "--out", wav, "--float");
        File.Delete(json);
    }
}

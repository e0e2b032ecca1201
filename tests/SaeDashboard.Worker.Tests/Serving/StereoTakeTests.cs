using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>Takes of a stereo model: codes and samples of both channels are those of the verb <c>generate</c>.</summary>
public sealed class StereoTakeTests(ServeProcessFixture serve) : IClassFixture<ServeProcessFixture>
{
    private const int Frames = 30, Hop = 640;

    [Fact]
    public async Task A_take_has_two_channels_and_so_has_what_continues_it()
    {
        var settings = ServeProcessFixture.Settings(Frames) with { ModelPath = SmallSae.Model(serve.Folder, "stereo"), SaePath = null, Arms = [TakeArms.Baseline] };
        var take = await serve.Make(settings);
        Assert.True(TakeState.Done == take.State, take.Error);
        Assert.Equal((true, (long)Frames * Hop), (take.Stereo, take.Samples));
        var sound = WavFile.Read(serve.Take(take.Id).WavPath(TakeArms.Baseline));
        Assert.Equal((2, Frames * Hop), (sound.Channels.Length, sound.SampleCount));
        Assert.NotEqual(sound.Channels[0], sound.Channels[1]);
        var given = serve.Take(take.Id).ReadCodes(TakeArms.Baseline)!.Slice(0, 12);
        var continued = await serve.Make(settings with { Seed = 3, Continue = new TakeSound { Source = $"{take.Id}.A", Seconds = 0.24, Codebooks = 8, Codes = given.ToBase64() } });
        Assert.True(serve.Take(continued.Id).ReadCodes(TakeArms.Baseline)!.Slice(0, 12).ContentEquals(given), continued.Error);
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_take_has_two_channels_steered_continued_and_live()
    {
        var model = SmallSae.Model(serve.Folder, "stereo");
        var settings = ServeProcessFixture.Settings(Frames, new TakeSteer(1, 4, "add", 1)) with { ModelPath = model, SaePath = SmallSae.Write(serve.Folder, model, 8, verb => WorkerProcess.Json(serve.Folder, verb)) };
        var take = await serve.Make(settings);
        Assert.True(TakeState.Done == take.State, take.Error);
        Assert.Equal((true, (long)Frames * Hop), (take.Stereo, take.Samples));
        var folder = serve.Take(take.Id);
        WorkerProcess.Json(serve.Folder, "generate", "--model", model, "--prompt", settings.Prompt!, "--seed", "11", "--seconds", "0.6", "--out", "s.wav", "--codes", "s.json");
        Assert.True(Read("s.json").ContentEquals(folder.ReadCodes(TakeArms.Baseline)!));
        Assert.False(folder.ReadCodes(TakeArms.Baseline)!.ContentEquals(folder.ReadCodes(TakeArms.Steered)!));
        var (made, decoded) = (WavFile.Read(folder.WavPath(TakeArms.Baseline)), WavFile.Read(Path.Combine(serve.Folder, "s.wav")));
        Assert.Equal((2, Frames * Hop), (made.Channels.Length, made.SampleCount));
        Assert.NotEqual(made.Channels[0], made.Channels[1]);
        // In pieces or whole: rounding may move a 16-bit sample by one step.
        for (var channel = 0; channel < 2; channel++) Assert.All(made.Channels[channel].Zip(decoded.Channels[channel]), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1.01f / 32768));
        using var answer = await serve.Post("v1/decode", new DecodeRequest(model, 8, folder.ReadCodes(TakeArms.Baseline)!.ToBase64()));
        Assert.Equal(File.ReadAllBytes(Path.Combine(serve.Folder, "s.wav")), await answer.Content.ReadAsByteArrayAsync(ServeProcessFixture.Limit));

        // A model of one channel with the same codec plays them too: a preset plays wherever its codec is.
        var codes = folder.ReadCodes(TakeArms.Baseline)!;
        using var left = await serve.Post("v1/decode", new DecodeRequest(model, 4, MusicGen.MusicGenModel.ChannelCodes(codes, 0, 2).ToBase64()));
        Assert.Equal(decoded.Channels[0], Mono(await left.Content.ReadAsByteArrayAsync(ServeProcessFixture.Limit)));
        using var odd = await serve.Post("v1/decode", new DecodeRequest(model, 6, new CodeGrid(6, 4).ToBase64()));
        Assert.Contains("6 codebooks", await ServeProcessFixture.Problem(odd), StringComparison.Ordinal);

        var zero = await serve.Make(settings with { Steers = [new TakeSteer(1, 0, "add", 1)] });
        Assert.True(zero.HookCalls > 0, zero.Error);
        Assert.Equal(File.ReadAllBytes(serve.Take(zero.Id).WavPath(TakeArms.Baseline)), File.ReadAllBytes(serve.Take(zero.Id).WavPath(TakeArms.Steered)));

        // It continues its own beginning, in both channels.
        var given = folder.ReadCodes(TakeArms.Steered)!.Slice(0, 12);
        var continued = await serve.Make(settings with { Continue = new TakeSound { Source = $"{take.Id}.C", Seconds = 0.24, Codebooks = 8, Codes = given.ToBase64() } });
        Assert.True(TakeState.Done == continued.State, continued.Error);
        Assert.True(serve.Take(continued.Id).ReadCodes(TakeArms.Baseline)!.Slice(0, 12).ContentEquals(given));

        // Moves and blocks, and again from the file alone.
        var moved = await serve.Make(settings with { Moves = [new(10, 0, -4)], Live = new TakeLive { WaitSeconds = 0 } });
        Assert.True(TakeState.Done == moved.State, moved.Error);
        WorkerProcess.Json(serve.Folder, "generate", "--model", model, "--take", serve.Take(moved.Id).ManifestPath, "--out", "again.wav", "--codes", "again.json");
        Assert.Equal(File.ReadAllBytes(serve.Take(moved.Id).WavPath(TakeArms.Steered)), File.ReadAllBytes(Path.Combine(serve.Folder, "again.wav")));
        Assert.Equal(8, Read("again.json").Codebooks);

        float[] Mono(byte[] wav)
        {
            File.WriteAllBytes(Path.Combine(serve.Folder, "left.wav"), wav);
            return Assert.Single(WavFile.Read(Path.Combine(serve.Folder, "left.wav")).Channels);
        }

        CodeGrid Read(string file) => CodeGrid.ReadJson(Path.Combine(serve.Folder, file));
    }
}

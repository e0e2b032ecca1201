using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>An SAE of which one knows where it fires: strips of the index, and search by sound, are held against the codes themselves.</summary>
public sealed class HandMadeSaeTests(ServeProcessFixture serve) : IClassFixture<ServeProcessFixture>
{
    [Theory]
    [Trait("Length", "Long")]
    [InlineData("layers.0.resid_pre")]
    [InlineData("layers.4.resid_post")]
    public async Task A_strip_is_where_the_code_is(string hook)
    {
        var made = HandMadeSae.Write(Path.Combine(serve.Folder, hook), hook, arguments => WorkerProcess.Json(serve.Folder, arguments));
        using var index = FeatureIndex.Open(Path.Combine(made.Sae, "index"));
        Assert.Equal(hook, index.Info.Hook);
        foreach (var (feature, codebook, code) in ((int, int, int)[])[(0, 0, made.First), (1, 2, made.Third)])
        {
            // Every clip of the searched splits that has the code, and no other.
            var expected = Enumerable.Range(0, HandMadeSae.Clips).Where(clip => clip % 3 != 2).Where(clip => HandMadeSae.Columns(made.Codes[clip], codebook, code).Length > 0).ToArray();
            var tops = index.TopClips(feature);
            Assert.True(expected.Length >= 2, $"{expected.Length} clips");
            Assert.Equal(expected, tops.Select(top => top.Row).Order());
            for (var rank = 0; rank < tops.Count; rank++)
            {
                var columns = HandMadeSae.Columns(made.Codes[tops[rank].Row], codebook, code);
                Assert.Equal(columns, index.Strip(feature, rank).Columns);
                Assert.Contains(tops[rank].Column, columns);
                // Where the burst is: the column's frame sounds then, codebook 2 in the column two later.
                Assert.InRange(tops[rank].Column - 1 - codebook, made.Bursts[tops[rank].Row] - 1, made.Bursts[tops[rank].Row] + 5);
            }
        }
        for (var feature = 2; feature < index.Count; feature++) Assert.Empty(index.TopClips(feature));

        // The same by codes, of a clip that the index has not searched; and of a sound file, whose codes are encoded first.
        var clip = Enumerable.Range(0, HandMadeSae.Clips).First(clip => clip % 3 == 2 && HandMadeSae.Columns(made.Codes[clip], 0, made.First).Length > 0);
        await Reads(made, made.Codes[clip], new ReadingRequest(made.Model, made.Sae, 4, made.Codes[clip].ToBase64()));
        var wav = Path.Combine(made.Folder, "cut.wav");
        // From the middle of a frame on: the frames of the file are not the clip's.
        var all = WavFile.Read(Path.Combine(made.Folder, "all.wav")).Channels[0];
        WavFile.Write(wav, new Waveform([all[(5 * 320 + 100)..(150 * 320)]], HandMadeSae.SampleRate), WavEncoding.Float32);
        WorkerProcess.Json(serve.Folder, "encode", "--model", made.Model, "--audio", wav, "--codes", "made.json");
        await Reads(made, CodeGrid.ReadJson(Path.Combine(serve.Folder, "made.json")), new ReadingRequest(made.Model, made.Sae, 0, null, wav));
    }

    private async Task Reads(HandMadeSae made, CodeGrid codes, ReadingRequest request)
    {
        var sound = await serve.ReadAsync(request);
        foreach (var (feature, codebook, code) in ((int, int, int)[])[(0, 0, made.First), (1, 2, made.Third)])
        {
            var place = sound.PlaceOf(feature);
            Assert.Equal(HandMadeSae.Columns(codes, codebook, code), place < 0 ? [] : sound.Columns(place).ToArray().Select(column => (int)column));
        }
        Assert.DoesNotContain(sound.Features.ToArray(), feature => feature > 1);
    }
}

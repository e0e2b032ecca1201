using System.Net.Http.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Sounds;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Sounds;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>What the worker is given of a sound of the site.</summary>
public sealed class TakeSoundSourceTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clip_and_a_take_give_their_codes_and_a_sound_that_was_brought_its_file()
    {
        await using var host = await SoundsHost.StartAsync();
        var sources = new TakeSoundSources(host.Get<FeatureCatalog>(), host.Get<TakeFolders>(), host.Get<TemporarySounds>());
        var model = host.Get<ICatalog>().Models[0];
        var set = host.Get<FeatureCatalog>().Open("demo")!;
        var clip = set.Clips!.Clips[3];
        var chosen = TakeSoundSources.Of(set, clip, 2);
        Assert.Equal(("clip-3@demo", 2.0, 0.0), (chosen.Source, chosen.Seconds, chosen.Start));
        var draft = await sources.ResolveAsync(new StudioDraft { Sae = "demo", Continue = TakeSoundSources.Part(chosen, .5, 1) }, model);
        Assert.True(CodeGrid.FromBase64(draft.Continue!.Codes!, draft.Continue.Codebooks).ContentEquals(set.Clips.Codes(clip).Slice(25, 50)));
        Assert.Null(draft.Melody);

        using var take = new TakeOnDisk(host.Root.Takes, 16_000);
        take.Grow(TakeArms.Baseline, 16_000);
        take.End(TakeState.Done);
        var codes = new CodeGrid(4, 50);
        codes[2, 49] = 7;
        codes.WriteJson(take.Folder.CodesPath(TakeArms.Baseline));
        host.Get<TakeFolders>().Refresh(scan: true);
        var view = host.Get<TakeService>().Find(take.Id)!;
        draft = await sources.ResolveAsync(new StudioDraft { Melody = TakeSoundSources.Of(view, TakeArms.Baseline, 30) }, model);
        Assert.Equal(($"{take.Id}.A", 1.0, codes.ToBase64()), (draft.Melody!.Source, draft.Melody.Seconds, draft.Melody.Codes));

        using var answer = await host.BringAsync(SoundsHost.Wav(16_000, Core.Audio.WavEncoding.Pcm16, SoundsHost.Tone(8000)), "hum.wav");
        var brought = await answer.Content.ReadFromJsonAsync<BroughtSound>(JsonDefaults.Lines, Stop);
        draft = await sources.ResolveAsync(new StudioDraft { Continue = TakeSoundSources.Of(brought!, 3) }, model);
        Assert.Equal((.5, "hum.wav", true), (draft.Continue!.Seconds, draft.Continue.Name, File.Exists(draft.Continue.File)));
        Assert.Null(draft.Continue.Codes);

        // What a restored take was given needs no sound any more; another part of it does.
        var kept = new TakeSound { Source = $"sound-{new string('0', 24)}", Seconds = 1, Codebooks = 4, Codes = codes.ToBase64(), Hash = "x" };
        Assert.Equal(kept, (await sources.ResolveAsync(new StudioDraft { Continue = kept }, model)).Continue);
        await Refused("kept for a while only", TakeSoundSources.Part(kept, 0, .5));
        await Refused("nothing is there at 60 s", TakeSoundSources.Part(chosen, 60, 1));
        await Refused("clip of another dataset", chosen with { Source = "clip-3@other" });
        await Refused("the take was deleted", new TakeSound { Source = $"{Ids.New("take")}.A", Seconds = 1 });
        // A mono take for a stereo model of the same codec.
        Assert.Contains("drop the WAV file here", (await Assert.ThrowsAsync<UserException>(() => sources.ResolveAsync(
            new StudioDraft { Continue = TakeSoundSources.Of(view, TakeArms.Baseline, 30) }, model with { Name = "Stereo", Codebooks = 8 }))).Message, StringComparison.Ordinal);
        await Refused("choose another sound", new TakeSound { Source = "?", Seconds = 1 });

        async Task Refused(string because, TakeSound sound) => Assert.Contains(
            because, (await Assert.ThrowsAsync<UserException>(() => sources.ResolveAsync(new StudioDraft { Sae = "demo", Continue = sound }, model))).Message, StringComparison.Ordinal);
    }
}

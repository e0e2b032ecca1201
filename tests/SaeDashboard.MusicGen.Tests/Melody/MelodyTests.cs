using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Melody;
using SaeDashboard.MusicGen.Tests.Codec;
using SaeDashboard.MusicGen.Tests.Support;
using SaeDashboard.MusicGen.Tracing;
using static TorchSharp.torch;
using Generator = SaeDashboard.MusicGen.Generation.Generator;

namespace SaeDashboard.MusicGen.Tests.Melody;

public class MelodyTests(ITestOutputHelper output)
{
    private const int Frames = 27;

    private static readonly SamplingSettings Greedy = new(Greedy: true);

    private static GoldenModel Golden => GoldenModel.Get("melody");

    private static MelodyChroma Heard => Golden.Model.Chroma!.Extract(Golden.Floats("melody.wave"));

    [Theory]
    [InlineData("melody", 0)]
    [InlineData("melody", 1)]
    [InlineData("text", 0)]
    [InlineData("text", 1)]
    public void Greedy_music_sounds_as_the_reference_does(string kind, int prompt)
    {
        var row = new GenerationRow { Prompt = Golden.Prompts[prompt], Melody = kind == "melody" ? Heard : null, Sampling = Greedy };
        var codes = new Generator(Golden.Model).Make(Frames, row)[0];
        var error = CodecGolden.RelativeError(Golden.Model.Codec.Decode(codes), Golden.Floats($"{kind}.greedy.g3.{prompt}.audio"));
        output.WriteLine($"{kind} {prompt}: {error:E2}");
        Assert.InRange(error, 0, 1e-4);
    }

    [Fact]
    public void Rows_give_in_a_batch_what_they_give_alone()
    {
        var generator = new Generator(Golden.Model);
        var other = new MelodyChroma([3, 3, 9]);
        var beginning = Golden.Model.Codec.Encode(Golden.Floats("encodec.wave")).Slice(0, 6);
        GenerationRow[] rows =
        [
            new() { Prompt = Golden.Prompts[0], Melody = Heard, Seed = 1 },
            new() { Prompt = Golden.Prompts[2], Melody = other, Seed = 1 },
            new() { Prompt = Golden.Prompts[0], Seed = 2 },
            new() { Prompt = null, Seed = 3 },
            new() { Prompt = null, Melody = other, Seed = 4 },
            new() { Prompt = Golden.Prompts[1], Melody = Heard, Seed = 5, Sampling = new SamplingSettings(Guidance: 1) },
            new() { Prompt = Golden.Prompts[1], Melody = Heard, Seed = 6, Continue = beginning },
        ];
        var together = generator.Make(Frames, rows);
        for (var row = 0; row < rows.Length; row++)
            Assert.Equal(generator.Make(Frames, rows[row])[0].Values.ToArray(), together[row].Values.ToArray());
        // Both the melody and the text have an effect.
        Assert.False(together[0].ContentEquals(generator.Make(Frames, rows[0] with { Melody = other })[0]));
        Assert.False(together[0].ContentEquals(generator.Make(Frames, rows[0] with { Prompt = null })[0]));
        Assert.False(together[4].ContentEquals(generator.Make(Frames, rows[4] with { Sampling = new SamplingSettings(Guidance: 1) })[0]));
    }

    [Fact]
    public void What_continues_its_own_beginning_ends_alike()
    {
        var generator = new Generator(Golden.Model);
        var row = new GenerationRow { Prompt = Golden.Prompts[0], Melody = Heard, Sampling = Greedy };
        var codes = generator.Make(Frames, row)[0];
        Assert.Equal(codes.Values.ToArray(), generator.Make(Frames, row with { Continue = codes.Slice(0, 10) })[0].Values.ToArray());
    }

    [Fact]
    public void Arms_are_equal_where_nothing_is_edited()
    {
        var edit = new ZeroEdit(1);
        GenerationRow Arm(params IHook[] hooks) => new() { Prompt = Golden.Prompts[1], Melody = Heard, Seed = 8, Hooks = hooks };
        var arms = new Generator(Golden.Model).Make(Frames, Arm(), Arm(edit));
        Assert.True(arms[0].ContentEquals(arms[1]));
        Assert.Equal(2 * (Frames + 3), edit.Calls);
    }

    [Fact]
    public void Hooks_and_traces_count_columns_from_BOS_and_see_the_same()
    {
        var hook = new RecordingHook(2);
        var row = new GenerationRow { Prompt = Golden.Prompts[1], Melody = Heard, Seed = 9, Hooks = [hook] };
        var codes = new Generator(Golden.Model).Make(Frames, row)[0];
        Assert.Equal(2 * (Frames + 3), hook.Contexts.Count);
        for (var call = 0; call < hook.Contexts.Count; call++)
            Assert.Equal(new HookContext(call / 2, 1, call % 2 == 0 ? GuidanceHalf.Conditional : GuidanceHalf.Unconditional, 0), hook.Contexts[call]);

        using var trace = new TeacherForcing(Golden.Model).Trace(codes, row.Prompt, [2], melody: row.Melody);
        Assert.Equal([Frames + 4L, 48], trace.Residuals[2].shape);
        float[] seen = [.. hook.Seen.Where((_, call) => call % 2 == 0).SelectMany(values => values)];
        using var computed = trace.Residuals[2].narrow(0, 0, Frames + 3);
        Assert.InRange(GoldenModel.Error(computed, seen), 0, 1e-5);
    }

    [Fact]
    public void A_batch_of_clips_is_traced_as_each_is_alone()
    {
        var forcing = new TeacherForcing(Golden.Model);
        var codes = new Generator(Golden.Model).Make(Frames, new GenerationRow { Seed = 1 }, new GenerationRow { Prompt = "", Seed = 2 });
        string?[] prompts = [Golden.Prompts[0], null];
        using var scope = NewDisposeScope();
        var batch = forcing.Residuals(codes, [3], prompts)[3];
        for (var clip = 0; clip < 2; clip++)
        {
            using var alone = forcing.Trace(codes[clip], prompts[clip], [3]);
            Assert.InRange(GoldenModel.Error(batch.select(0, clip), Torch.Extensions.TensorData.ToArray(alone.Residuals[3].narrow(0, 1, Frames))), 0, 1e-5);
        }
    }

    [Fact]
    public void A_melody_is_repeated_or_cut_to_the_models_length()
    {
        // chroma_length is 20.
        int[] three = [5, 0, 7];
        var generator = new Generator(Golden.Model);
        CodeGrid Make(IEnumerable<int> bins) =>
            generator.Make(Frames, new GenerationRow { Prompt = "", Melody = new MelodyChroma([.. bins]), Seed = 3 })[0];
        var repeated = Make(three);
        Assert.True(repeated.ContentEquals(Make(Enumerable.Range(0, 20).Select(frame => three[frame % 3]))));
        Assert.True(repeated.ContentEquals(Make(Enumerable.Range(0, 33).Select(frame => frame < 20 ? three[frame % 3] : 11))));
        Assert.False(repeated.ContentEquals(Make(Enumerable.Range(0, 20).Select(frame => frame < 19 ? three[frame % 3] : 11))));
    }

    [Fact]
    public void Without_text_and_melody_guidance_does_nothing()
    {
        var codes = new Generator(Golden.Model).Make(Frames, new GenerationRow { Seed = 5 },
            new GenerationRow { Seed = 5, Sampling = new SamplingSettings(Guidance: 1) });
        Assert.True(codes[0].ContentEquals(codes[1]));
    }

    [Fact]
    public void A_melody_that_a_model_cannot_follow_is_refused()
    {
        var mono = GoldenModel.Get("mono").Model;
        Assert.Null(mono.Chroma);
        var row = new GenerationRow { Prompt = "", Melody = new MelodyChroma([0]) };
        Assert.Contains("musicgen_melody", Assert.Throws<UserException>(() => new Generator(mono).Make(5, row)).Message);
        Assert.Contains("musicgen_melody",
            Assert.Throws<UserException>(() => new TeacherForcing(mono).Trace(new CodeGrid(4, 3), null, [], melody: row.Melody)).Message);
        Assert.Contains("bin 12", Assert.Throws<UserException>(() => new Generator(Golden.Model).Make(5,
            new GenerationRow { Melody = new MelodyChroma([3, 12]) })).Message);
    }
}

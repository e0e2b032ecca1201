using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Worker.Steering;
using Generator = SaeDashboard.MusicGen.Generation.Generator;

namespace SaeDashboard.Worker.SelfTest;

/// <summary>What the engine promises whatever the machine: the same request gives the same codes, and a row depends on itself alone.</summary>
internal sealed class EngineChecks(Golden golden)
{
    private const int Frames = 24;
    private const string Codes = "codes";

    private readonly Generator generator = new(golden.Model);

    public IEnumerable<Check> All()
    {
        yield return new("the same request twice", Codes, 0, () => Errors.Codes(Make(Row(11))[0], Make(Row(11))[0]));
        yield return new("a row alone, and among others", Codes, 0, AmongOthers);
        yield return new("a hook of strength 0", Codes, 0, ZeroHook);
        yield return new("decoding a stream, and the whole", "relative", 1e-5, Streamed);
    }

    private double AmongOthers()
    {
        var beginning = golden.Codes("codes").Slice(0, 5);
        var together = Make(Row(3), Row(5) with { Prompt = null }, Row(11), Row(7) with { Continue = beginning });
        return Errors.Codes(together[2], Make(Row(11))[0]);
    }

    private double ZeroHook()
    {
        using var edit = new DirectionEdit(new float[golden.Model.Config.Decoder.Width]);
        var hook = new SteeringHook(HookSite.After(golden.Model.Config.Decoder.Layers / 2), edit, SteerRows.Both, guided: true);
        var arms = Make(Row(11), Row(11) with { Hooks = [hook] });
        // A hook that was not called proves nothing.
        return edit.Calls > 0 ? Errors.Codes(arms[1], arms[0]) : double.PositiveInfinity;
    }

    private double Streamed()
    {
        var codes = golden.Codes("encodec.codes");
        using var stream = golden.Model.Codec.NewStream();
        var samples = new List<float>();
        for (var final = 0; final < codes.Frames;)
        {
            final = Math.Min(codes.Frames, final + 3);
            samples.AddRange(stream.Decode(codes, final));
        }
        return Errors.Relative(samples.ToArray(), golden.Model.Codec.Decode(codes));
    }

    private GenerationRow Row(ulong seed) => new() { Prompt = golden.Prompts[0], Seed = seed, Sampling = new SamplingSettings(TopK: 50) };

    private IReadOnlyList<CodeGrid> Make(params GenerationRow[] rows) => generator.Generate(rows, Frames).Codes;
}

using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Worker.Steering;
using Generator = SaeDashboard.MusicGen.Generation.Generator;

namespace SaeDashboard.Worker.SelfTest;

/// <summary>What this machine computes equals what the reference implementation did.</summary>
internal sealed class ParityChecks(Golden golden, string samplingFolder)
{
    /// <summary>Of the largest value, float32 against float32 computed elsewhere.</summary>
    private const double Tolerance = 1e-4;

    private const string Relative = "relative", Codes = "codes", Frames = "frames";

    /// <summary>A wave that is not a multiple of the hop, and one of 37 samples.</summary>
    private static readonly string[] Waves = ["encodec", "encodec.short"];

    public IEnumerable<Check> All()
    {
        yield return new("tokenizer", "texts", 0, Tokenized);
        yield return new("text encoder", Relative, Tolerance, () => OverPrompts(".text", (trace, expected) => Errors.RelativeOf(trace.Text!, expected)));
        for (var layer = 0; layer < golden.Model.Config.Decoder.Layers; layer++)
        {
            var here = layer;
            yield return new(Text($"residual stream, layer {here}"), Relative, Tolerance, () => Residual(here));
        }
        yield return new("logits", Relative, Tolerance, () => OverPrompts(".logits", (trace, expected) => Errors.RelativeOf(trace.Logits, expected)));
        if (golden.Has("greedy.g1.0.codes.0")) yield return new("greedy codes, guidance 1", Codes, 0, () => Greedy(1));
        yield return new("greedy codes, guidance 3", Codes, 0, () => Greedy(3));
        // Where two entries are equally near, another machine's rounding may name the other one: one frame of the two waves may.
        yield return new("codec: sound to codes", Frames, 1, () => OverWaves(name =>
            Errors.Frames(golden.Model.Codec.Encode(golden.Floats($"{name}.wave")), golden.Codes($"{name}.codes"))).Sum());
        yield return new("codec: codes to sound", Relative, Tolerance, () => OverWaves(name =>
            Errors.Relative(golden.Model.Codec.Decode(golden.Codes($"{name}.codes")), golden.Floats($"{name}.decoded"))).Max());
        if (File.Exists(Path.Combine(samplingFolder, $"{golden.Name}.json"))) yield return new("sampled codes", Codes, 0, Sampled);
    }

    private double Tokenized()
    {
        var texts = golden.Tokenized.ToArray();
        return texts.Length == 0 ? double.NaN : texts.Count(item => !golden.Model.Tokenizer.Encode(item.Text).SequenceEqual(item.Ids));
    }

    // A result that the file lacks is an error, not a check that passed: the first prompt's must be there.
    private double OverPrompts(string key, Func<TraceResult, float[], double> error)
    {
        var worst = 0.0;
        for (var prompt = 0; prompt == 0 || golden.Has(Text($"trace.{prompt}{key}")); prompt++)
        {
            using var trace = new TeacherForcing(golden.Model).Trace(golden.Codes("codes"), golden.Prompts[prompt], []);
            worst = Math.Max(worst, error(trace, golden.Floats(Text($"trace.{prompt}{key}"))));
        }
        return worst;
    }

    private double Residual(int layer)
    {
        using var trace = new TeacherForcing(golden.Model).Trace(golden.Codes("codes"), golden.Prompts[0], [layer]);
        return Errors.RelativeOf(trace.Residuals[layer], golden.Floats(Text($"trace.0.resid_post.{layer}")));
    }

    private double Greedy(int guidance)
    {
        var differing = 0.0;
        for (var prompt = 0; prompt == 0 || golden.Has(Text($"greedy.g{guidance}.{prompt}.codes.0")); prompt++)
        {
            var row = new GenerationRow { Prompt = golden.Prompts[prompt], Sampling = new SamplingSettings(guidance, Greedy: true) };
            var frames = golden.Codes(Text($"greedy.g{guidance}.{prompt}.codes.0")).Frames;
            var codes = new Generator(golden.Model).Generate([row], frames).Codes[0];
            for (var channel = 0; channel < golden.Channels; channel++)
                differing += Errors.Codes(Errors.Channel(codes, channel, golden.Channels), golden.Codes(Text($"greedy.g{guidance}.{prompt}.codes.{channel}")));
        }
        return differing;
    }

    private double Sampled()
    {
        using var expected = SafetensorsFile.Open(Path.Combine(samplingFolder, $"{golden.Name}.safetensors"));
        var differing = 0.0;
        foreach (var request in JsonFile.Read<JsonElement>(Path.Combine(samplingFolder, $"{golden.Name}.json")).EnumerateArray())
        {
            double Number(string key, double otherwise) => request.TryGetProperty(key, out var value) ? value.GetDouble() : otherwise;
            var row = new GenerationRow
            {
                Prompt = request.GetProperty("prompt").GetString(),
                Seed = request.GetProperty("seed").GetUInt64(),
                Sample = (int)Number("sample", 0),
                Sampling = new SamplingSettings(Number("guidance", 3), Number("temperature", 1), (int)Number("top_k", 250), Number("top_p", 1),
                    request.TryGetProperty("greedy", out var greedy) && greedy.GetBoolean()),
            };
            var codes = new Generator(golden.Model).Generate([row], request.GetProperty("frames").GetInt32()).Codes[0];
            differing += Errors.Codes(codes, Golden.Codes(expected, request.GetProperty("name").GetString()!));
        }
        return differing;
    }

    private static IEnumerable<double> OverWaves(Func<string, double> error) => Waves.Select(error);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

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

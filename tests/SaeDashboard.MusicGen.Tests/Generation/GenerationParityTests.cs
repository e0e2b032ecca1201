using System.Text.Json;
using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Tests.Support;

namespace SaeDashboard.MusicGen.Tests.Generation;

public class GenerationParityTests
{
    private static readonly SamplingSettings Greedy = new(Greedy: true);

    [Theory]
    [InlineData("mono", 1)]
    [InlineData("mono", 3)]
    [InlineData("stereo", 1)]
    [InlineData("stereo", 3)]
    [InlineData("gated-bf16", 3)]
    [InlineData("sharded-f16", 3)]
    [InlineData("demo", 1)]
    [InlineData("demo", 3)]
    public void Greedy_codes_equal_the_reference(string name, int guidance)
    {
        var golden = GoldenModel.Get(name);
        var generator = new Generator(golden.Model);
        for (var prompt = 0; golden.Has($"greedy.g{guidance}.{prompt}.audio"); prompt++)
        {
            var expected = golden.Greedy($"greedy.g{guidance}.{prompt}");
            var row = new GenerationRow { Prompt = golden.Prompts[prompt], Sampling = Greedy with { Guidance = guidance } };
            Assert.Equal(expected.Values.ToArray(), generator.Make(expected.Frames, row)[0].Values.ToArray());
        }
    }

    [Fact]
    public void Two_prompts_of_different_length_in_one_batch_equal_the_reference()
    {
        var golden = GoldenModel.Get("mono");
        // What the reference computed for the padded batch is what it computed for each prompt alone.
        var batch = golden.Floats("greedy.batch2.g3.audio");
        float[] single = [.. golden.Floats("greedy.g3.0.audio"), .. golden.Floats("greedy.g3.1.audio")];
        Assert.True(batch.Zip(single, (a, b) => Math.Abs(a - b)).Max() <= 1e-4f * batch.Max(Math.Abs));

        var rows = new[] { 0, 1 }.Select(prompt => new GenerationRow { Prompt = golden.Prompts[prompt], Sampling = Greedy }).ToArray();
        var result = new Generator(golden.Model).Make(27, rows);
        for (var prompt = 0; prompt < 2; prompt++) Assert.True(golden.Greedy($"greedy.g3.{prompt}").ContentEquals(result[prompt]));
    }

    [Theory]
    [InlineData("mono")]
    [InlineData("stereo")]
    public void Sampled_codes_equal_the_definition(string name)
    {
        var golden = GoldenModel.Get(name);
        var folder = GoldenModel.FolderOf("sampling");
        using var codes = SafetensorsFile.Open(Path.Combine(folder, $"{name}.safetensors"));
        using var requests = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, $"{name}.json")));
        var names = new List<string>();
        var rows = new List<GenerationRow>();
        var frames = 0;
        foreach (var request in requests.RootElement.EnumerateArray())
        {
            T Get<T>(string key, T otherwise, Func<JsonElement, T> read) =>
                request.TryGetProperty(key, out var value) ? read(value) : otherwise;
            names.Add(request.GetProperty("name").GetString()!);
            frames = request.GetProperty("frames").GetInt32();
            rows.Add(new GenerationRow
            {
                Prompt = request.GetProperty("prompt").GetString(),
                Seed = request.GetProperty("seed").GetUInt64(),
                Sample = Get("sample", 0, value => value.GetInt32()),
                Sampling = new SamplingSettings(
                    Get("guidance", 3.0, value => value.GetDouble()),
                    Get("temperature", 1.0, value => value.GetDouble()),
                    Get("top_k", 250, value => value.GetInt32()),
                    Get("top_p", 1.0, value => value.GetDouble()),
                    Get("greedy", false, value => value.GetBoolean())),
            });
        }
        var generator = new Generator(golden.Model);
        var together = generator.Make(frames, [.. rows]);
        for (var index = 0; index < rows.Count; index++)
        {
            var expected = GoldenModel.ReadCodes(codes, names[index]).Values.ToArray();
            Assert.Equal(expected, generator.Make(frames, rows[index])[0].Values.ToArray());
            Assert.Equal(expected, together[index].Values.ToArray());
        }
    }
}

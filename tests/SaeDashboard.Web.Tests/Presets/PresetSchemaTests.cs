using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using SaeDashboard.Core.Presets;

namespace SaeDashboard.Web.Tests.Presets;

/// <summary>docs/preset.schema.json: every preset that the program writes keeps it, it has the contract's fields, and its limits are those of PresetLimits.</summary>
public sealed class PresetSchemaTests
{
    private static readonly string Path = System.IO.Path.Combine(Repository.Root, "docs", "preset.schema.json");

    private static readonly JsonObject Schema = JsonNode.Parse(File.ReadAllText(Path))!.AsObject();

    private static readonly Lazy<JsonSchema> Compiled = new(() => JsonSchema.FromText(Schema.ToJsonString()));

    [Fact]
    public void Every_preset_that_is_written_is_valid_and_what_the_program_refuses_is_not()
    {
        var bundled = Directory.GetFiles(System.IO.Path.Combine(Repository.Root, "demo", "presets"), "*.json").Select(PresetFile.Read).ToArray();
        Assert.NotEmpty(bundled);
        var full = bundled[0] with
        {
            Author = "Ada", Licence = "CC-BY-4.0", Parent = new PresetParent(new string('a', 64), "First", "Bob"), Greedy = true, Window = 480, Stride = 288, Piece = 3, Prompt = null, Seed = ulong.MaxValue,
            Steers = [.. EnumJson.All<SteerMode>().Select(mode => new PresetSteer(PresetLimits.MaxFeature, -PresetLimits.MaxStrength, mode, PresetLimits.MaxP99, "Taiko", DecoderDirection.ToBase64(new float[] { 1, -2 })))],
        };
        var other = new PresetSae("other", new string('f', 64), "layers.6.resid_post");
        full = full with
        {
            Saes = [other],
            Moves = [new KnobMove(10, 0, 2), new KnobMove(20, 1, -2) { Muted = true }],
            Live = new TakeLive { WaitSeconds = 0 },
            Steers = [full.Steers[0] with { Onset = 5, Envelope = [new EnvelopePoint(0, 0), new EnvelopePoint(9, 1)], Muted = true }, full.Steers[1] with { Sae = other.WeightsHash, Condition = new SteerCondition(3, 0.5, 1) { Sae = other.WeightsHash } }],
        };
        var chroma = new TakeSound { Source = "clip-3@demo", Name = "Tune", Start = 1, Seconds = 2, Chroma = "AAEC", Hash = "ae4b3280e56e2faf83f414a6e3dabe9d5fbe18976544c05fed121accb85b53fc" };
        var continued = full with { Continue = new TakeSound { Source = "take-x.C", Seconds = .02, Codebooks = 4, Codes = new Core.Data.CodeGrid(4, 1).ToBase64() }, Melody = chroma };
        Assert.Equal((3, 4), (Layout(full), Layout(continued)));
        foreach (var preset in bundled.Concat([continued, full, full with { Rows = "unconditional" }, full with { Parent = null, Author = null }]))
        {
            PresetFile.Check(preset);
            Assert.True(IsValid(PresetFile.ToBytes(preset)), preset.Name);
        }
        foreach (var (place, value) in new (string, JsonNode?)[] { ("colour", "red"), ("frames", 0), ("topP", 0), ("licence", "WTFPL"), ("schemaVersion", 5), ("rows", "neither"), ("name", "") })
        {
            var json = JsonNode.Parse(PresetFile.ToBytes(full))!;
            json[place] = value;
            Assert.False(IsValid(JsonSerializer.SerializeToUtf8Bytes(json)), place);
            Assert.Throws<Core.UserException>(() => PresetFile.Parse(JsonSerializer.SerializeToUtf8Bytes(json), "a.json"));
        }
    }

    [Theory]
    [InlineData("continue", "codes", "continue.codes is missing: it is what the model was given of “clip-3@demo”")]
    [InlineData("melody", "chroma", "melody.chroma is missing")]
    public void A_sound_whose_codes_are_not_in_the_file_is_refused(string field, string holds, string because)
    {
        var preset = PresetFile.Read(Directory.GetFiles(System.IO.Path.Combine(Repository.Root, "demo", "presets"), "*.json")[0]);
        var json = JsonNode.Parse(PresetFile.ToBytes(preset with
        {
            Continue = new TakeSound { Source = "clip-3@demo", Seconds = .02, Codebooks = 4, Codes = new Core.Data.CodeGrid(4, 1).ToBase64() },
            Melody = new TakeSound { Source = "clip-3@demo", Seconds = 1, Chroma = "AAEC" },
        }))!;
        Assert.True(IsValid(JsonSerializer.SerializeToUtf8Bytes(json)));
        json[field]!.AsObject().Remove(holds);
        Assert.False(IsValid(JsonSerializer.SerializeToUtf8Bytes(json)));
        Assert.Contains(because, Assert.Throws<Core.UserException>(() => PresetFile.Parse(JsonSerializer.SerializeToUtf8Bytes(json), "a.json")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_limits_and_the_words_are_those_of_the_contract()
    {
        var (root, steer, model) = (Properties(Schema), Properties(Schema["properties"]!["steers"]!["items"]!), Properties(Schema["properties"]!["model"]!));
        Assert.Equal(PresetFile.SchemaVersion, Number(root, "schemaVersion", "maximum"));
        Assert.Equal(Core.PersonText.MaxName, Number(root, "name", "maxLength"));
        Assert.Equal(Core.PersonText.MaxName, Number(root, "author", "maxLength"));
        Assert.Equal(PresetLimits.MaxDescription, Number(root, "description", "maxLength"));
        Assert.Equal(PresetLimits.MaxPrompt, Number(root, "prompt", "maxLength"));
        Assert.Equal(PresetLimits.MaxFrames, Number(Schema["$defs"]!.AsObject(), "frames", "maximum"));
        Assert.Equal(PresetLimits.MaxGuidance, Number(root, "guidance", "maximum"));
        Assert.Equal(PresetLimits.MaxTemperature, Number(root, "temperature", "maximum"));
        Assert.Equal(PresetLimits.MaxTopK, Number(root, "topK", "maximum"));
        Assert.Equal(PresetLimits.MaxBatch - 1, Number(root, "piece", "maximum"));
        Assert.Equal(PresetLimits.MaxSteers, Number(root, "steers", "maxItems"));
        Assert.Equal(PresetLimits.MaxFeature, Number(steer, "feature", "maximum"));
        Assert.Equal((-PresetLimits.MaxStrength, PresetLimits.MaxStrength), (Number(steer, "strength", "minimum"), Number(steer, "strength", "maximum")));
        Assert.Equal(PresetLimits.MaxP99, Number(steer, "p99", "maximum"));
        Assert.Equal(PresetLimits.MaxLabel, Number(steer, "label", "maxLength"));
        Assert.Equal(DecoderDirection.ToBase64(Enumerable.Repeat(1f, PresetLimits.MaxWidth).ToArray())!.Length, Number(steer, "direction", "maxLength"));
        Assert.Equal(PresetLimits.MaxFrameRate, Number(model, "frameRate", "maximum"));
        Assert.Equal(PresetLimits.MaxCodebooks, Number(Properties(Schema["$defs"]!["codes"]!), "codebooks", "maximum"));
        Assert.Equal(EnumJson.All<SteerMode>(), Words(steer, "mode"));
        Assert.Equal(EnumJson.All<SteerRows>(), Words(root, "rows"));
        Assert.Equal(PresetLicences.All.Select(licence => licence.Id), Words(root, "licence"));
        Assert.Equal((TakeLimits.MaxSaes, TakeLimits.MaxMoves, TakeLimits.MaxEnvelope), (Number(root, "saes", "maxItems"), Number(root, "moves", "maxItems"), Number(steer, "envelope", "maxItems")));
        Assert.Equal(TakeLimits.MaxColumn, Number(Schema["$defs"]!.AsObject(), "column", "maximum"));
        Assert.Equal(TakeLimits.MaxThreshold, Number(Properties(steer["condition"]!), "threshold", "maximum"));
        Assert.Equal(TakeLimits.MaxStrength, Number(Properties(Schema["properties"]!["moves"]!["items"]!), "strength", "maximum"));
        Assert.Equal((TakeLimits.MinLead, TakeLimits.MaxLead), (Number(Properties(Schema["properties"]!["live"]!), "leadSeconds", "minimum"), Number(Properties(Schema["properties"]!["live"]!), "leadSeconds", "maximum")));
        Assert.Equal((TakeLimits.MaxWait, TakeLimits.MaxBlock), (Number(Properties(Schema["properties"]!["live"]!), "waitSeconds", "maximum"), Number(Properties(Schema["properties"]!["live"]!), "block", "maximum")));
        var sound = Properties(Schema["$defs"]!["sound"]!);
        Assert.Equal((TakeLimits.MaxSoundName, TakeLimits.MaxSoundStart, TakeLimits.MaxSoundSeconds, TakeLimits.MaxSoundText, PresetLimits.MaxCodebooks), (Number(sound, "source", "maxLength"), Number(sound, "start", "maximum"), Number(sound, "seconds", "maximum"), Number(sound, "codes", "maxLength"), Number(sound, "codebooks", "maximum")));
        // The documentation's table says the same.
        var page = File.ReadAllText(System.IO.Path.Combine(Repository.Root, "docs", "presets.md"));
        foreach (var limit in new[] { $"up to {Core.PersonText.MaxName}, {PresetLimits.MaxDescription:N0}, {PresetLimits.MaxPrompt:N0}", $"1 to {PresetLimits.MaxFrames:N0}", $"up to {PresetLimits.MaxSteers}", $"{PresetLimits.MaxBytes >> 20} MiB" })
            Assert.Contains(limit, page, StringComparison.Ordinal);
        Assert.All(PresetLicences.All, licence => Assert.Contains(licence.Id, page, StringComparison.Ordinal));
    }

    [Fact]
    public void It_has_every_field_of_the_contract_and_no_other()
    {
        foreach (var (type, shape) in new (Type, JsonNode)[]
        {
            (typeof(SteeringPreset), Schema), (typeof(PresetSae), Schema["$defs"]!["sae"]!), (typeof(KnobMove), Schema["properties"]!["moves"]!["items"]!), (typeof(TakeLive), Schema["properties"]!["live"]!), (typeof(TakeSound), Schema["$defs"]!["sound"]!), (typeof(PresetModel), Schema["properties"]!["model"]!), (typeof(PresetParent), Schema["properties"]!["parent"]!),
            (typeof(PresetSteer), Schema["properties"]!["steers"]!["items"]!), (typeof(PresetCodes), Schema["$defs"]!["codes"]!), (typeof(EnvelopePoint), Schema["properties"]!["steers"]!["items"]!["properties"]!["envelope"]!["items"]!),
            (typeof(SteerCondition), Schema["properties"]!["steers"]!["items"]!["properties"]!["condition"]!),
        })
        {
            var fields = JsonDefaults.Data.GetTypeInfo(type).Properties.Select(each => each.Name);
            // The file that a sound is taken from belongs to one machine.
            if (type == typeof(TakeSound)) fields = fields.Except(["file"]);
            Assert.Equal(fields.Order(StringComparer.Ordinal), Properties(shape).Select(each => each.Key).Order(StringComparer.Ordinal));
        }
    }

    private static int Layout(SteeringPreset preset) => PresetFile.Parse(PresetFile.ToBytes(preset), "a.json").SchemaVersion;

    private static bool IsValid(byte[] preset)
    {
        using var json = JsonDocument.Parse(preset);
        return Compiled.Value.Evaluate(json.RootElement).IsValid;
    }

    private static JsonObject Properties(JsonNode shape) => shape["properties"]!.AsObject();

    private static double Number(JsonObject fields, string field, string limit) => fields[field]![limit]!.GetValue<double>();

    private static IEnumerable<string> Words(JsonObject fields, string field) => fields[field]!["enum"]!.AsArray().Select(word => word!.GetValue<string>());
}

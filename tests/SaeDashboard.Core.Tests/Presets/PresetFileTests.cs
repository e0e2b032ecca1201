using System.Text;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Presets;

namespace SaeDashboard.Core.Tests.Presets;

/// <summary>Presets come from strangers: a good one survives the way out and in, a bad one is refused by file and field.</summary>
public sealed class PresetFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_preset_that_is_written_and_read_is_the_same()
    {
        var preset = Good();
        PresetFile.Write(folder["a.json"], preset);
        var again = PresetFile.Read(folder["a.json"]);
        Assert.Equal(PresetFile.ToBytes(preset), PresetFile.ToBytes(again));
        Assert.Equal(ulong.MaxValue, again.Seed);
        Assert.True(PresetFile.Codes(again, "steered").ContentEquals(PresetFile.Codes(preset, "steered")));
    }

    [Fact]
    public void The_shipped_presets_keep_every_rule()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "demo", "presets"), "*.json");
        Assert.NotEmpty(files);
        Assert.All(files, file => PresetFile.Check(PresetFile.Read(file)));
    }

    [Fact]
    public void The_null_condition_and_no_steer_are_a_preset() => Parse(preset =>
    {
        preset["prompt"] = null;
        preset["steers"] = new JsonArray();
        preset.Remove("description");
        preset.Remove("rows");
    });

    [Fact]
    public void What_is_written_is_the_oldest_layout_that_knows_its_fields_and_nothing_is_written_that_cannot_be_read()
    {
        foreach (var (preset, layout) in new[] { (Good(), 1), (Good() with { Greedy = true }, 2), (Good() with { Stride = 307 }, 2), (Good() with { Window = 480 }, 2), (Good() with { Piece = 3 }, 2) })
        {
            PresetFile.Write(folder["a.json"], preset);
            var again = PresetFile.Read(folder["a.json"]);
            Assert.Equal((layout, preset.Greedy, preset.Window, preset.Stride, preset.Piece), (again.SchemaVersion, again.Greedy, again.Window, again.Stride, again.Piece));
            Assert.Equal(PresetFile.ToBytes(preset), PresetFile.ToBytes(again));
        }
        File.Delete(folder["a.json"]);
        foreach (var wrong in new[]
        {
            Good() with { Name = "" }, Good() with { Name = new string('n', 121) }, Good() with { Guidance = 50.1 }, Good() with { Temperature = 10.1 }, Good() with { TopK = 65_537 },
            Good() with { Steers = [new PresetSteer(1, 20.1, "add", 1)] }, Good() with { Frames = 30_001 }, Good() with { Arms = new Dictionary<string, PresetCodes>() },
        })
        {
            Assert.Throws<UserException>(() => PresetFile.Write(folder["a.json"], wrong));
            Assert.False(File.Exists(folder["a.json"]));
        }
        var draft = Good() with { Arms = new Dictionary<string, PresetCodes>(), Frames = 30_000 };
        PresetFile.CheckBeforeCodes(draft, codebooks: 8);
        Assert.Contains("a preset has at most", Assert.Throws<UserException>(() => PresetFile.CheckBeforeCodes(draft, codebooks: 16)).Message, StringComparison.Ordinal);
        Assert.Contains("name is empty", Assert.Throws<UserException>(() => PresetFile.CheckBeforeCodes(draft with { Name = "" }, 4)).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string> Hostile => new()
    {
        { "colour", "\"red\"", "no field “colour”" },
        { "sae.path", "\"/etc/passwd\"", "no field “sae.path”" },
        { "steers.0.strenght", "3", "no field “steers[0].strenght” in a preset. Remove it, or correct its name; did you mean “strength”?" },
        { "arms.steered.format", "\"raw\"", "no field “arms.steered.format”" },
        { "steers.0.strength", "1e6", "steers[0].strength is 1000000; it may be -20 to 20" },
        { "steers.0.strength", "-20.5", "steers[0].strength" },
        { "steers.0.strength", "1e999", "steers[0].strength" },
        { "steers.0.strength", "\"NaN\"", "steers[0].strength is of the wrong kind" },
        { "steers.0.strength", "null", "steers[0].strength is of the wrong kind" },
        { "steers.0.feature", "-1", "steers[0].feature is -1" },
        { "steers.0.feature", "99999999999", "steers[0].feature is of the wrong kind" },
        { "steers.0.mode", "\"explode\"", "steers[0].mode is “explode”; it may be add, clamp" },
        { "steers.0.p99", "-1", "steers[0].p99 is -1" },
        { "steers.0", "null", "steers[0] is null" },
        { "steers", "null", "steers" },
        { "schemaVersion", "5", "layout 5, this program knows up to 4" },
        { "greedy", "1", "greedy is of the wrong kind" },
        { "window", "0", "window is 0; it may be 1 to 30,000" },
        { "stride", "0", "stride is 0; it may be 1 to 30,000" },
        { "piece", "64", "piece is 64; it may be 0 to 63" },
        { "schemaVersion", "0", "schemaVersion is 0" },
        { "schemaVersion", "\"1\"", "schemaVersion" },
        { "name", "\"  \"", "name is empty" },
        { "name", "\"two\\nlines\"", "name holds a line break" },
        { "name", "\"a\\u202eb\"", "name holds a character that turns the direction" },
        { "name", "\"a\\u0000b\"", "name holds a control character" },
        { "name", "null", "name" },
        { "frames", "0", "frames is 0" },
        { "frames", "2000000000", "frames is 2000000000" },
        { "frames", "7", "hold 6 frames; frames says 7" },
        { "frames", "\"six\"", "frames is of the wrong kind" },
        { "seed", "-1", "seed is of the wrong kind" },
        { "guidance", "1e9", "guidance is 1000000000" },
        { "temperature", "0", "temperature is 0" },
        { "temperature", "11", "temperature is 11" },
        { "topK", "-1", "topK is -1" },
        { "topP", "0", "topP is 0" },
        { "rows", "\"neither\"", "rows is “neither”" },
        { "sae.weightsHash", "\"../../etc\"", "sae.weightsHash is “../../etc”" },
        { "sae.hook", "\"<script>\"", "sae.hook is “<script>”" },
        { "model.codecHash", "\"\"", "model.codecHash" },
        { "model.frameRate", "0", "model.frameRate is 0" },
        { "arms.steered.base64", "\"***\"", "arms.steered: the codes are not base64" },
        { "arms.steered.base64", "\"AAA=\"", "arms.steered: 2 bytes of codes" },
        { "arms.steered.base64", "\"\"", "hold 0 frames" },
        { "arms.steered.frames", "5", "arms.steered" },
        { "arms.steered.codebooks", "0", "arms.steered.codebooks is 0" },
        { "arms.steered.codebooks", "3", "arms.steered.codebooks is 3, the other arm's is 2" },
        { "arms.steered", "null", "arms.steered is null" },
        { "arms.third", "null", "third" },
    };

    [Theory, MemberData(nameof(Hostile))]
    public void A_hostile_preset_is_refused_by_file_and_field(string place, string json, string message)
    {
        var error = Assert.Throws<UserException>(() => Parse(preset => Set(preset, place, json)));
        Assert.StartsWith("stranger.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SaeDashboard.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name")]
    [InlineData("seed")]
    [InlineData("schemaVersion")]
    [InlineData("topP")]
    [InlineData("sae.hook")]
    [InlineData("steers.0.p99")]
    [InlineData("arms.baseline")]
    [InlineData("arms.steered.base64")]
    public void A_missing_field_is_named(string place)
    {
        var error = Assert.Throws<UserException>(() => Parse(preset =>
        {
            var (parent, name) = Find(preset, place);
            parent.AsObject().Remove(name);
        }));
        Assert.Contains(place.Replace(".0.", "[0].", StringComparison.Ordinal), error.Message, StringComparison.Ordinal);
        Assert.Contains("missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_code_that_no_codec_has_is_refused()
    {
        var grid = new CodeGrid(2, 6);
        grid[1, 4] = 2048;
        var error = Assert.Throws<UserException>(() => Parse(preset => preset["arms"]!["steered"]!["base64"] = grid.ToBase64()));
        Assert.Contains("the code 2048 (codebook 1, frame 4)", error.Message, StringComparison.Ordinal);
        // −1 as int16.
        Assert.Throws<UserException>(() => Parse(preset => preset["arms"]!["steered"]!["base64"] = Convert.ToBase64String(Enumerable.Repeat((byte)255, 24).ToArray())));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("\"preset\"")]
    [InlineData("{\"schemaVersion\":1,\"schemaVersion\":1}")]
    [InlineData("{\"schemaVersion\":1} {}")]
    [InlineData("RIFF....WAVEfmt ")]
    public void What_is_not_a_preset_is_refused_with_the_file_s_name(string text)
    {
        var error = Assert.Throws<UserException>(() => PresetFile.Parse(Encoding.UTF8.GetBytes(text), "stranger.json"));
        Assert.StartsWith("stranger.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_and_broken_text_are_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"schemaVersion\":", 5000));
        Assert.Throws<UserException>(() => PresetFile.Parse(Encoding.UTF8.GetBytes(deep), "deep.json"));
        Assert.Throws<UserException>(() => PresetFile.Parse(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(PresetFile.ToBytes(Good())).Replace("slow cello", "\\ud800", StringComparison.Ordinal)), "half.json"));
        Assert.Throws<UserException>(() => PresetFile.Parse(new byte[] { (byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)':', (byte)'1', (byte)'}' }, "text.json"));
    }

    [Fact]
    public void A_file_of_gigabytes_is_refused_before_it_is_read()
    {
        using (var file = File.Create(folder["big.json"])) file.SetLength(8L << 30);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<UserException>(() => PresetFile.Read(folder["big.json"]));
        Assert.Contains("big.json has 8,589,934,592 bytes", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void Too_many_steers_are_refused()
    {
        var error = Assert.Throws<UserException>(() => Parse(preset =>
        {
            var steers = preset["steers"]!.AsArray();
            for (var i = 0; i < 70; i++) steers.Add(steers[0]!.DeepClone());
        }));
        Assert.Contains("at most 64", error.Message, StringComparison.Ordinal);
    }

    private static SteeringPreset Parse(Action<JsonObject> change) => PresetFile.Parse(Changed(change), "stranger.json");

    private static byte[] Changed(Action<JsonObject> change)
    {
        var preset = JsonNode.Parse(PresetFile.ToBytes(Good()))!.AsObject();
        change(preset);
        return Encoding.UTF8.GetBytes(preset.ToJsonString());
    }

    private static void Set(JsonNode preset, string place, string json)
    {
        var (parent, name) = Find(preset, place);
        var value = JsonNode.Parse(json);
        if (parent is JsonArray array) array[int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)] = value;
        else parent[name] = value;
    }

    private static (JsonNode Parent, string Name) Find(JsonNode preset, string place)
    {
        var parts = place.Split('.');
        var parent = preset;
        foreach (var part in parts[..^1])
            parent = parent is JsonArray array ? array[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)]! : parent[part]!;
        return (parent, parts[^1]);
    }

    private static SteeringPreset Good()
    {
        var baseline = new CodeGrid(2, 6);
        var steered = new CodeGrid(2, 6);
        for (var frame = 0; frame < 6; frame++)
        {
            baseline[0, frame] = frame;
            steered[1, frame] = 2047 - frame;
        }
        return new SteeringPreset
        {
            Name = "Trial “ä”",
            Description = "Two lines\nof text.",
            Prompt = "slow cello",
            Seed = ulong.MaxValue,
            Frames = 6,
            Guidance = 3,
            Temperature = 1,
            TopK = 250,
            TopP = 0.9,
            Sae = new PresetSae("sae", new string('a', 64), "layers.4.resid_post"),
            Steers = [new PresetSteer(7, 2.5, "add", 0.25), new PresetSteer(9, -20, "clamp", 0)],
            Model = new PresetModel("model", new string('b', 64), new string('c', 64), 50),
            Arms = new Dictionary<string, PresetCodes> { ["baseline"] = PresetFile.Pack(baseline), ["steered"] = PresetFile.Pack(steered) },
        };
    }
}

using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Runs.Planning;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>Which activation stores a run can use instead of collecting again.</summary>
public sealed class ActivationLibraryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ActivationLibrary library;
    private readonly DataRoot root;

    public ActivationLibraryTests()
    {
        root = DataRoot.Open(folder["data"], folder["demo"]);
        library = new ActivationLibrary(root);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_store_of_the_same_model_data_layer_condition_and_clips_is_found_whatever_it_is_called()
    {
        Write("made-by-hand");
        var found = library.Find(RunSamples.Request(form => form.Clips = "3"));
        Assert.Equal(Path.Combine(root.Activations, "made-by-hand"), found?.Path);
    }

    [Theory]
    [InlineData("modelHash", "\"cc\"")]
    [InlineData("datasetHash", "\"cc\"")]
    [InlineData("hook", "\"layers.5.resid_post\"")]
    [InlineData("hook", "\"layers.4.mlp_out\"")]
    [InlineData("condition", "\"caption\"")]
    [InlineData("split", "\"test\"")]
    [InlineData("dType", "\"bFloat16\"")]
    [InlineData("computeType", "\"bfloat16\"")]
    public void One_that_differs_is_not(string member, string value)
    {
        Write("other", (member, value));
        Assert.Null(library.Find(RunSamples.Request(form => form.Clips = "3")));
    }

    [Fact]
    public void One_that_is_kept_in_16_bits_is_for_runs_that_ask_for_it()
    {
        Write("half", ("dType", "\"bFloat16\""));
        Assert.NotNull(library.Find(RunSamples.Request(form => (form.Clips, form.Store) = ("3", "bfloat16"))));
        Assert.Null(library.Find(RunSamples.Request(form => (form.Clips, form.Store) = ("3", "float16"))));
    }

    [Fact]
    public void Another_number_of_clips_is_another_store()
    {
        Write("three");
        Assert.Null(library.Find(RunSamples.Request(form => form.Clips = "4")));
        Assert.Null(library.Find(RunSamples.Request()));
    }

    [Fact]
    public void Unfinished_and_damaged_stores_are_passed_over()
    {
        Write(".making");
        var damaged = Directory.CreateDirectory(Path.Combine(root.Activations, "damaged"));
        File.WriteAllText(Path.Combine(damaged.FullName, "manifest.json"), "{ \"source\": ");
        Directory.CreateDirectory(Path.Combine(root.Activations, "empty"));
        Assert.Null(library.Find(RunSamples.Request(form => form.Clips = "3")));
    }

    [Fact]
    public void A_store_that_is_made_again_is_read_again()
    {
        Write("store", ("hook", "\"layers.5.resid_post\""));
        var request = RunSamples.Request(form => form.Clips = "3");
        Assert.Null(library.Find(request));
        Write("store");
        File.SetLastWriteTimeUtc(Path.Combine(root.Activations, "store", "manifest.json"), DateTime.UtcNow.AddMinutes(1));
        Assert.NotNull(library.Find(request));
    }

    private void Write(string name, params (string Member, string Value)[] changes)
    {
        var source = new Dictionary<string, string>
        {
            ["model"] = "\"model\"", ["modelHash"] = $"\"{RunSamples.ModelHash}\"", ["dataset"] = "\"dataset\"", ["datasetHash"] = $"\"{RunSamples.DatasetHash}\"",
            ["split"] = "\"sae-train\"", ["layer"] = "4", ["hook"] = "\"layers.4.resid_post\"", ["condition"] = "\"none\"", ["dType"] = "\"float32\"", ["columnsPerClip"] = "512", ["width"] = "256",
        };
        foreach (var (member, value) in changes) source[member] = value;
        var members = string.Join(", ", source.Select(pair => $"\"{pair.Key}\": {pair.Value}"));
        var clips = string.Join(", ", Enumerable.Range(0, 3).Select(row => $$"""{ "row": {{row}}, "id": "clip-{{row}}", "split": "sae-train" }"""));
        Directory.CreateDirectory(Path.Combine(root.Activations, name));
        File.WriteAllText(
            Path.Combine(root.Activations, name, "manifest.json"),
            $$"""{ "schemaVersion": 1, "source": { {{members}} }, "clips": [ {{clips}} ], "shards": [], "createdUtc": "2026-11-20T10:00:00Z" }""");
    }
}

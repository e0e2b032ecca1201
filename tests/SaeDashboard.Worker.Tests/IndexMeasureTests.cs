using SaeDashboard.Core.Features;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Worker.Tests;

/// <summary>What index measures beyond statistics, on a few clips of the demo.</summary>
public sealed class IndexMeasureTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public IndexMeasureTests()
    {
        SmallDataset.Write(folder["data"], train: 24, select: 40, test: 1);
        ShapeFiles.Copy(WorkerProcess.DemoSae, folder["sae"]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_second_sae_annotations_and_output_scores_are_in_the_index()
    {
        Second("second");
        // Only the clips of the small dataset have lines; others are not asked for.
        File.Copy(Path.Combine(WorkerProcess.DemoDataset, "annotations.jsonl"), folder["data/annotations.jsonl"]);
        var said = WorkerProcess.Json(folder.Path, "index", "--sae", "sae", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--second-seed", "second", "--output-scores", "1");
        using var index = FeatureIndex.Open(folder["sae/index"]);
        var measures = index.Measures!;
        Assert.Equal((40, "second", 1, "sae-train", 24), (measures.Info.Clips, measures.Info.SecondSaeName, measures.Info.OutputScoreColumns, measures.Info.ConceptsChosenOn, measures.Info.ConceptsChosenOnClips));
        Assert.Equal(SoundDescriptors.All, measures.Info.Descriptors);
        // 64 frames of each clip are decoded, of which the first 6 are left out unless the clip begins there; the first three columns are not measured.
        Assert.InRange(measures.Info.DescribedColumns, 40 * 58, 40 * 64);
        // The second has the same directions in another order.
        Assert.All(measures.Stability.ToArray(), value => Assert.Equal(1, value, 1e-4));
        Assert.Contains(measures.ConceptAuroc.ToArray(), value => value > 0.8);
        for (var feature = 0; feature < index.Count; feature++) Assert.Equal(index.Kept[feature] == 0, float.IsNaN(measures.OutputScore[feature]));
        Assert.Equal(index.Guests!.Count, said.GetProperty("mysteryGuests").GetInt32());
        Assert.NotEmpty(index.Guests);
    }

    [Fact]
    public void The_same_sae_and_one_of_another_place_are_refused_before_anything_is_computed()
    {
        string[] index = ["index", "--sae", "sae", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--second-seed"];
        WorkerProcess.Fails(folder.Path, [.. index, "sae"], "the SAE to index itself", "--second-seed");
        Second("second");
        ShapeFiles.Edit(folder["second/cfg.json"], config => config["metadata"]!["hook_name"] = "layers.2.resid_post");
        WorkerProcess.Fails(folder.Path, [.. index, "second"], "layers.2.resid_post", "layers.4.resid_post", "same place");
        WorkerProcess.Fails(folder.Path, [.. index, "gone"], "gone");
    }

    [Fact]
    [Trait("Length", "Long")]
    public void Annotations_that_cannot_be_read_cost_the_concepts_only()
    {
        File.WriteAllText(folder["data/annotations.jsonl"], "{\"id\":\"clip-0000\",\"spans\":7}\n");
        var outcome = WorkerProcess.Run(folder.Path, "index", "--sae", "sae", "--model", WorkerProcess.DemoModel, "--dataset", "data");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("annotations.jsonl line 1", outcome.Error, StringComparison.Ordinal);
        using var index = FeatureIndex.Open(folder["sae/index"]);
        Assert.False(index.Measures!.HasConcepts);
        Assert.Null(index.Guests);
    }

    /// <summary>An SAE with the demo's latents in the opposite order.</summary>
    private void Second(string name)
    {
        ShapeFiles.Copy(WorkerProcess.DemoSae, folder[name]);
        var path = folder[$"{name}/sae_weights.safetensors"];
        var writer = new SafetensorsWriter();
        using (var file = SafetensorsFile.Open(path))
        {
            var decoder = file.ReadFloat32("W_dec");
            var (latents, width) = ((int)file.Entry("W_dec").Shape[0], (int)file.Entry("W_dec").Shape[1]);
            writer.Add("W_dec", Enumerable.Range(0, latents).Reverse().SelectMany(row => decoder.Skip(row * width).Take(width)).ToArray(), latents, width);
            foreach (var entry in file.Entries.Values.Where(entry => entry.Name != "W_dec")) writer.Add(entry.Name, file.ReadFloat32(entry.Name), [.. entry.Shape]);
        }
        writer.Save(path);
    }
}

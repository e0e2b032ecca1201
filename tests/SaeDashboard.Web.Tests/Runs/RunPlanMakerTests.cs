using System.Text.Json;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Runs.Planning;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>The plan that the worker reads.</summary>
public sealed class RunPlanMakerTests
{
    [Fact]
    public void A_plan_holds_what_was_asked_and_leaves_the_places_to_the_registry()
    {
        var plan = RunPlanMaker.Make(RunSamples.Request(), null);
        Assert.Equal(("/demo/model", "/demo/dataset", 4, "none", "sae-train"), (plan.ModelPath, plan.DatasetPath, plan.Layer, plan.Condition, plan.Split));
        Assert.Null(plan.Clips);
        Assert.Equal(("", ""), (plan.ActivationsPath, plan.SaePath));
        var train = plan.Train.Values;
        Assert.Equal((2048, 32, 1600L, 1024, 0.001), (train.Latents, train.K, train.Steps, train.Batch, train.LearningRate));
        Assert.Equal(["architecture", "latents", "k", "batch", "steps", "learningRate", "seed", "histograms"], plan.Train.Named.Select(setting => setting.Name));
    }

    [Fact]
    public void A_store_that_fits_is_named_in_the_plan()
    {
        var request = RunSamples.Request(form => form.Clips = "80");
        var stored = new StoredActivations("/data/activations/demo-4", RunSamples.ModelHash, RunSamples.DatasetHash, "layers.4.resid_post", "none", "sae-train", 80, DateTime.UnixEpoch);
        var plan = RunPlanMaker.Make(request, stored);
        Assert.Equal(("/data/activations/demo-4", 80), (plan.ActivationsPath, plan.Clips));
    }

    [Fact]
    public void Activations_that_are_kept_in_16_bits_take_half_the_space_and_stay_so_in_a_copy()
    {
        var (whole, half) = (RunSamples.Request(), RunSamples.Request(form => form.Store = "bfloat16"));
        Assert.Equal((1600L * 512 * 256 * 4, whole.StoreBytes / 2), (whole.StoreBytes, half.StoreBytes));
        var plan = RunPlanMaker.Make(half, null);
        Assert.Equal(("float32", "bfloat16", "bfloat16"), (RunPlanMaker.Make(whole, null).Store, plan.Store, RunForm.From(plan, RunSamples.Choices).Store));
        // A plan that was written by hand.
        Assert.Equal("float32", RunForm.From(plan with { Store = "int8" }, RunSamples.Choices).Store);
    }

    /// <summary>Unasked only where it is a small part of the run; and never for a dataset that has nothing to test on.</summary>
    [Fact]
    public void Clips_to_test_names_on_are_chosen_where_they_cost_little_or_were_asked_for()
    {
        Assert.False(RunPlanMaker.Make(RunSamples.Request(), null).Detection);
        var asked = RunSamples.Request(form => form.Detection = DetectionChoice.Yes);
        Assert.True(RunPlanMaker.Make(asked, null).Detection);
        Assert.Equal(DetectionChoice.Yes, RunForm.From(RunPlanMaker.Make(asked, null), RunSamples.Choices).Detection);
        var small = RunSamples.Request(form => form.Clips = "80");
        Assert.True(small.ChoosesClips);
        Assert.False(RunSamples.Request(form => (form.Clips, form.Detection) = ("80", DetectionChoice.No)).ChoosesClips);
        // A second way: 80, 24 and 50 clips of 512 columns; a small part of a run reads as small a part of each split.
        Assert.Equal((80 + 24 + 50) * 512L, small.DetectionColumns);
        var (with, without) = (RunEstimator.Estimate(asked, false, 1), RunEstimator.Estimate(RunSamples.Request(), false, 1));
        Assert.Equal(without.TotalSeconds + with.DetectionSeconds, with.TotalSeconds, 6);
        // Twice the columns at 50,000 a second, and 1,400 clips through the model at 10,400.
        Assert.Equal(2 * 3000 * 512 / 50_000.0 + 1400 * 512 / 10_400.0, with.DetectionSeconds, 1e-6);

        var few = RunSamples.Choices with { Datasets = [RunSamples.Choices.Datasets[0] with { Splits = new Dictionary<string, int> { ["sae-train"] = 1600, ["select"] = 1 } }] };
        var form = RunForm.Default(few);
        Assert.False(RunFormReader.Read(form, few).Request!.ChoosesClips);
        form.Detection = DetectionChoice.Yes;
        Assert.Contains("not made from", RunFormReader.Read(form, few).Problems[nameof(RunForm.Detection)], StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_from_before_there_were_devices_is_the_CPUs_in_float32()
    {
        var old = JsonSerializer.SerializeToNode(RunPlanMaker.Make(RunSamples.Request(), null), JsonDefaults.Data)!.AsObject();
        Assert.Equal(("cpu", "float32"), ((string)old["device"]!, (string)old["dtype"]!));
        old.Remove("device");
        old.Remove("dtype");
        var plan = old.Deserialize<RunPlan>(JsonDefaults.Data)!;
        Assert.Equal(("cpu", "float32"), (plan.Device, plan.ComputeType));
    }

    [Fact]
    public void A_plan_survives_being_written_and_read()
    {
        var plan = RunPlanMaker.Make(RunSamples.Request(form => form.LearningRate = "3e-4"), null);
        var read = JsonSerializer.Deserialize<RunPlan>(JsonSerializer.Serialize(plan, JsonDefaults.Data), JsonDefaults.Data)!;
        Assert.Equal((plan.Train.Values, string.Join(" ", plan.Train.Named.Select(setting => setting.Name))), (read.Train.Values, string.Join(" ", read.Train.Named.Select(setting => setting.Name))));
        Assert.Equal("0.0003", RunForm.From(read, RunSamples.Choices).LearningRate);
    }
}

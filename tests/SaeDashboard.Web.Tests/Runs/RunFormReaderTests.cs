using SaeDashboard.Web.Runs.Planning;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>The form of a new run: what it accepts, and every problem at its field.</summary>
public sealed class RunFormReaderTests
{
    [Fact]
    public void The_form_as_it_opens_is_the_default_run()
    {
        var request = RunSamples.Request();
        Assert.Equal((4, 2048, 32, 1600L, 1024, 0.001, 0), (request.Layer, request.Train.Latents, request.Train.K, request.Train.Steps, request.Train.Batch, request.Train.LearningRate, request.Train.Seed));
        Assert.Equal((1600, true, "none"), (request.Clips, request.AllClips, request.Condition));
        Assert.Equal(1_638_400, request.TrainedColumns);
        Assert.Equal(819_200, request.CollectedColumns);
        Assert.Equal(838_860_800, request.StoreBytes);
        Assert.Equal("Layer 4, 2,048 latents, k 32", request.Name);
    }

    [Fact]
    public void Another_point_of_the_layer_is_named_and_planned()
    {
        var request = RunSamples.Request(form => form.Point = "mlp_out");
        Assert.Equal("Layer 4, mlp_out, 2,048 latents, k 32", request.Name);
        var plan = RunPlanMaker.Make(request, null);
        Assert.Equal(("layers.4.mlp_out", "layer 4, mlp_out"), (plan.Hook.ToString(), plan.Hook.Words));
        Assert.Equal("mlp_out", RunForm.From(plan, RunSamples.Choices).Point);
    }

    /// <summary>No paper asks that k be at most the model's width.</summary>
    [Fact]
    public void K_may_exceed_the_models_width() => Assert.Equal(300, RunSamples.Request(form => form.K = "300").Train.K);

    [Theory]
    [InlineData(nameof(RunForm.Layer), "8")]
    [InlineData(nameof(RunForm.Layer), "-1")]
    [InlineData(nameof(RunForm.Layer), "")]
    [InlineData(nameof(RunForm.Latents), "0")]
    [InlineData(nameof(RunForm.Latents), "16777217")]
    [InlineData(nameof(RunForm.Latents), "many")]
    [InlineData(nameof(RunForm.K), "0")]
    [InlineData(nameof(RunForm.K), "2049")]
    [InlineData(nameof(RunForm.K), "3.5")]
    [InlineData(nameof(RunForm.Steps), "0")]
    [InlineData(nameof(RunForm.Steps), "99999999999999999999")]
    [InlineData(nameof(RunForm.Batch), "1")]
    [InlineData(nameof(RunForm.Batch), "1048577")]
    [InlineData(nameof(RunForm.LearningRate), "0")]
    [InlineData(nameof(RunForm.LearningRate), "1")]
    [InlineData(nameof(RunForm.LearningRate), "NaN")]
    [InlineData(nameof(RunForm.LearningRate), "0,001")]
    [InlineData(nameof(RunForm.Clips), "1")]
    [InlineData(nameof(RunForm.Clips), "1601")]
    [InlineData(nameof(RunForm.Seed), "-1")]
    [InlineData(nameof(RunForm.Seed), "2147483648")]
    [InlineData(nameof(RunForm.Point), "mlp")]
    [InlineData(nameof(RunForm.Condition), "melody")]
    [InlineData(nameof(RunForm.Architecture), "vanilla")]
    [InlineData(nameof(RunForm.Device), "cuda:0")]
    [InlineData(nameof(RunForm.Device), "")]
    [InlineData(nameof(RunForm.ComputeType), "float16")]
    [InlineData(nameof(RunForm.ComputeType), "int8")]
    [InlineData(nameof(RunForm.Store), "int8")]
    [InlineData(nameof(RunForm.Model), "another")]
    [InlineData(nameof(RunForm.Dataset), "")]
    public void A_value_that_cannot_work_is_reported_at_its_field_alone(string field, string value)
    {
        var form = RunForm.Default(RunSamples.Choices);
        typeof(RunForm).GetProperty(field)!.SetValue(form, value);
        var reading = RunFormReader.Read(form, RunSamples.Choices);
        Assert.Null(reading.Request);
        Assert.Equal([field], reading.Problems.Keys);
        Assert.EndsWith(".", reading.Problems[field], StringComparison.Ordinal);
    }

    [Fact]
    public void A_GPU_that_the_worker_reports_can_be_chosen_and_computes_in_float16()
    {
        var choices = RunSamples.Choices with { Devices = [DeviceInfo.Cpu, new DeviceInfo("cuda:0")] };
        var form = RunForm.Default(choices);
        Assert.Equal(("cpu", "float32"), (form.Device, form.ComputeType));
        (form.Device, form.ComputeType) = ("cuda:0", "float16");
        var plan = RunPlanMaker.Make(RunFormReader.Read(form, choices).Request!, null);
        Assert.Equal(("cuda:0", "float16"), (plan.Device, plan.ComputeType));

        // The settings of a run on a card, where there is one and where there is none.
        Assert.Equal("cuda:0", RunForm.From(plan, choices).Device);
        var here = RunForm.From(plan, RunSamples.Choices);
        Assert.Equal(("cpu", "float32"), (here.Device, here.ComputeType));
    }

    [Fact]
    public void Every_problem_is_reported_at_once()
    {
        var form = new RunForm { Name = new string('n', 81), Layer = "x", Point = "x", Latents = "x", K = "x", Steps = "x", Batch = "x", LearningRate = "x", Seed = "x", Clips = "x", Device = "x", ComputeType = "x", Store = "x", Detection = "x", Condition = "x", Architecture = "x" };
        foreach (var setting in RunForm.Advanced) form[setting.Property] = "x";
        (form.Evaluates, form.EvaluationClips) = (true, "x");
        var reading = RunFormReader.Read(form, RunSamples.Choices with { Datasets = [] });
        var belonging = RunForm.Names.Where(field => TrainSetting.All.FirstOrDefault(setting => setting.Property == field) is not { } setting || TrainRules.Belongs(setting, TrainArchitectures.All[0]));
        Assert.Equal(belonging.Order(), reading.Problems.Keys.Order());
    }

    [Theory]
    [InlineData("1,600")]
    [InlineData(" 1 600 ")]
    public void Grouped_digits_are_read(string steps) => Assert.Equal(1600, RunSamples.Request(form => form.Steps = steps).Train.Steps);

    [Theory]
    [InlineData("64,5")]
    [InlineData("16,00")]
    [InlineData("1 6")]
    [InlineData(",600")]
    [InlineData("1,600,")]
    [InlineData("64.5")]
    public void What_is_not_a_whole_number_is_not_read_as_one(string latents) =>
        Assert.Contains(nameof(RunForm.Latents), RunFormReader.Read(new RunForm { Model = "model", Dataset = "dataset", Latents = latents }, RunSamples.Choices).Problems.Keys);

    [Fact]
    public void K_is_at_most_the_latents() =>
        Assert.Equal([nameof(RunForm.K)], RunFormReader.Read(new RunForm { Model = "model", Dataset = "dataset", Latents = "16", K = "17" }, RunSamples.Choices).Problems.Keys);

    [Theory]
    [InlineData("gated")]
    [InlineData("relu")]
    public void An_architecture_without_k_is_asked_for_none_and_its_plan_has_none(string architecture)
    {
        var request = RunSamples.Request(form => (form.Architecture, form.K) = (architecture, "not asked for"));
        Assert.DoesNotContain(RunPlanMaker.Make(request, null).Train.Named, setting => setting.Name == "k");
        // The trainer's default would not fit below that many latents, whether it is used or not.
        Assert.Equal(16, RunPlanMaker.Make(RunSamples.Request(form => (form.Architecture, form.Latents) = (architecture, "16")), null).Train.Values.K);
    }

    [Fact]
    public void The_steps_of_a_fork_continue_from_the_checkpoints()
    {
        var form = RunForm.Default(RunSamples.Choices);
        Assert.Equal([nameof(RunForm.Steps)], RunFormReader.Read(form, RunSamples.Choices, firstStep: 1600).Problems.Keys);
        Assert.Equal(1024, RunFormReader.Read(form, RunSamples.Choices, firstStep: 1599).Request!.TrainedColumns);
        var sweep = SweepReader.Read(form, [new SweepLine { Setting = "steps", Values = "1600, 3200" }], RunSamples.Choices, firstStep: 1600);
        Assert.StartsWith("steps 1600:", Assert.Single(sweep.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Matryoshka_wants_latents_enough_for_its_smallest_prefix() =>
        Assert.Equal([nameof(RunForm.Latents)], RunFormReader.Read(new RunForm { Model = "model", Dataset = "dataset", Architecture = "matryoshka", Latents = "31", K = "4" }, RunSamples.Choices).Problems.Keys);

    [Fact]
    public void A_run_that_is_not_the_defaults_architecture_is_named_with_it() =>
        Assert.Equal("Gated, Layer 4, 2,048 latents", RunSamples.Request(form => form.Architecture = "gated").Name);

    [Fact]
    public void A_refused_model_says_why()
    {
        var choices = RunSamples.Choices with { Models = [RunSamples.Choices.Models[0] with { Problem = "config.json is missing." }] };
        Assert.Equal("config.json is missing.", RunFormReader.Read(RunForm.Default(choices), choices).Problems[nameof(RunForm.Model)]);
    }

    [Fact]
    public void A_data_set_without_the_splits_names_them()
    {
        var none = RunSamples.Choices with { Datasets = [RunSamples.Choices.Datasets[0] with { Splits = new Dictionary<string, int> { ["test"] = 5 } }] };
        Assert.Contains("sae-train", RunFormReader.Read(RunForm.Default(none), none).Problems[nameof(RunForm.Dataset)], StringComparison.Ordinal);
        var half = RunSamples.Choices with { Datasets = [RunSamples.Choices.Datasets[0] with { Splits = new Dictionary<string, int> { ["sae-train"] = 5 } }] };
        Assert.Contains("select", RunFormReader.Read(RunForm.Default(half), half).Problems[nameof(RunForm.Dataset)], StringComparison.Ordinal);
    }

    [Fact]
    public void Activations_that_do_not_fit_on_the_disk_are_reported_at_the_clips_unless_they_are_there_already()
    {
        var form = RunForm.Default(RunSamples.Choices);
        var problem = RunFormReader.Read(form, RunSamples.Choices, freeBytes: 500_000_000).Problems[nameof(RunForm.Clips)];
        Assert.Contains("839 MB", problem, StringComparison.Ordinal);
        Assert.Contains("500 MB", problem, StringComparison.Ordinal);
        Assert.NotNull(RunFormReader.Read(form, RunSamples.Choices, freeBytes: 500_000_000, reused: _ => true).Request);
    }

    [Fact]
    public void A_setting_of_another_architecture_has_no_field_and_no_part_in_the_run()
    {
        void Change(RunForm form) => (form.Architecture, form[nameof(TrainConfig.Bandwidth)]) = ("topK", "0.2");
        Assert.Null(RunSamples.Request(Change).Train.Bandwidth);
        Assert.Equal(0.2, RunSamples.Request(form => (form.Architecture, form[nameof(TrainConfig.Bandwidth)]) = ("jumpRelu", "0.2")).Train.Bandwidth);
    }

    [Theory]
    [InlineData(nameof(TrainConfig.WarmUp), "2", "a share from 0 to 1")]
    [InlineData(nameof(TrainConfig.Decay), "0.99", "together with warmUp at most 1")]
    [InlineData(nameof(TrainConfig.HeldOut), "", "from 0 to 0.5")]
    [InlineData(nameof(TrainConfig.ShuffleMegabytes), "0", "from 1 to 1,048,576")]
    [InlineData(nameof(TrainConfig.Checkpoints), "-1", "0 or more")]
    [InlineData(nameof(TrainConfig.Engine), "quick", "sparse, autograd")]
    public void An_advanced_setting_keeps_to_the_contracts_rules(string setting, string value, string problem)
    {
        var form = RunForm.Default(RunSamples.Choices);
        form[setting] = value;
        var problems = RunFormReader.Read(form, RunSamples.Choices).Problems;
        Assert.Equal([setting], problems.Keys);
        Assert.Contains(problem, problems[setting], StringComparison.Ordinal);
    }

    [Fact]
    public void The_sparse_engine_is_refused_on_a_GPU_at_its_field()
    {
        var choices = RunSamples.Choices with { Devices = [DeviceInfo.Cpu, new DeviceInfo("cuda:0")] };
        var form = RunForm.Default(choices);
        (form.Device, form[nameof(TrainConfig.Engine)]) = ("cuda:0", "sparse");
        Assert.Equal([nameof(TrainConfig.Engine)], RunFormReader.Read(form, choices).Problems.Keys);
    }

    [Fact]
    public void An_evaluation_needs_the_split_that_it_measures_on_and_takes_no_more_clips_than_there_are()
    {
        Assert.Null(RunPlanMaker.Make(RunSamples.Request(), null).Evaluation);
        var plan = RunPlanMaker.Make(RunSamples.Request(form => (form.Evaluates, form.EvaluationClips) = (true, "5000")), null);
        Assert.Equal(new RunEvaluation("test", 1000), plan.Evaluation);
        var again = RunForm.From(plan, RunSamples.Choices);
        Assert.Equal((true, "1000"), (again.Evaluates, again.EvaluationClips));
        var none = RunSamples.Choices with { Datasets = [RunSamples.Choices.Datasets[0] with { Splits = new Dictionary<string, int> { ["sae-train"] = 5, ["select"] = 5 } }] };
        var form = RunForm.Default(none);
        form.Evaluates = true;
        Assert.Contains("split test", RunFormReader.Read(form, none).Problems[nameof(RunForm.Evaluates)], StringComparison.Ordinal);
    }

    /// <summary>What a fork's plan leaves out is the other run's: a value that was set back to the default would be lost.</summary>
    [Fact]
    public void A_fork_names_every_setting_that_it_has()
    {
        var named = RunPlanMaker.Make(RunSamples.Request(), null, new RunFork("/runs/one", 100)).Train.Named.ToHashSet();
        Assert.Equal(TrainSetting.All.Where(setting => TrainRules.Belongs(setting, TrainArchitectures.All[0])), TrainSetting.All.Where(named.Contains));
    }

    [Fact]
    public void The_form_has_every_setting_of_the_contract_once() =>
        Assert.Equal(TrainSetting.All.Select(setting => setting.Name).Order(), RunForm.Basic.Concat(RunForm.Advanced).Select(setting => setting.Name).Order());

    [Fact]
    public void A_form_made_from_a_run_plans_the_same_run()
    {
        var plan = RunPlanMaker.Make(
            RunSamples.Request(form => (form.Layer, form.Latents, form.K, form.Steps, form.Batch, form.LearningRate, form.Clips, form.Seed, form.Condition, form.Architecture) = ("6", "512", "16", "300", "256", "3e-4", "80", "7", "caption", "gated")), null);
        var again = RunPlanMaker.Make(RunFormReader.Read(RunForm.From(plan, RunSamples.Choices), RunSamples.Choices).Request!, null);
        Assert.Equal(plan.Train.Values, again.Train.Values);
        Assert.Equal(TrainArchitecture.Gated, again.Train.Values.Architecture);
        Assert.Equal((6, "caption", 80), (again.Layer, again.Condition, again.Clips));
    }
}

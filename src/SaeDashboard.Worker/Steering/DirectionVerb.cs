using System.CommandLine;
using System.Globalization;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Models;

namespace SaeDashboard.Worker.Steering;

/// <summary><c>direction</c>: the difference of the mean residual of two sets of clips, for the control arm “difference of means” of a take.</summary>
internal sealed class DirectionVerb : Verb
{
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly Option<string> datasetOption = CommonOptions.Dataset();
    private readonly Option<string> hookOption = new("--hook") { Description = "Where it is measured, such as layers.4.resid_post: the layer of the SAE that it is compared with", HelpName = "point", Required = true };
    private readonly Option<string?> positiveOption = new("--positive") { Description = "The positive set: clips whose caption contains this text", HelpName = "text" };
    private readonly Option<string?> negativeOption = new("--negative") { Description = "The negative set: clips whose caption contains this text (without it: all others)", HelpName = "text" };
    private readonly Option<string[]> positiveClipsOption = new("--positive-clips") { Description = "The positive set: these clips, by their ids", HelpName = "id", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string[]> negativeClipsOption = new("--negative-clips") { Description = "The negative set: these clips, by their ids", HelpName = "id", AllowMultipleArgumentsPerToken = true };
    private readonly Option<bool> captionsOption = new("--captions") { Description = "The model reads each clip's caption with its sound; without it the null condition" };
    private readonly Option<int> clipsOption = new Option<int>("--clips") { Description = "At most this many clips of each set, in the dataset's order", HelpName = "count" }.Default(RunDirection.DefaultClips).Between(1, 1_000_000);
    private readonly Option<string> outOption = CommonOptions.Out("JSON file to write");
    private readonly ComputeOptions compute;

    public DirectionVerb() : base("direction", "Measures the difference of the mean residual of two sets of clips: a control for steering, kept with its hash.",
        "direction --model demo/model --dataset demo/dataset --hook layers.4.resid_post --positive organ --out organ.json")
    {
        Option[] all = [modelOption, datasetOption, hookOption, positiveOption, negativeOption, positiveClipsOption, negativeClipsOption, captionsOption, clipsOption, outOption];
        foreach (var option in all) Options.Add(option);
        compute = new ComputeOptions(this);
        Validators.Add(result =>
        {
            bool Given(Option option) => result.GetResult(option) is { Implicit: false };
            if (Given(positiveOption) == Given(positiveClipsOption)) result.AddError("Give the positive set: --positive or --positive-clips.");
            if (Given(negativeOption) && Given(negativeClipsOption)) result.AddError("Give --negative or --negative-clips, not both.");
        });
    }

    public override VerbResult Run(VerbContext context)
    {
        var site = HookSite.Parse(context.Get(hookOption));
        using var dataset = ClipDataset.Open(context.Get(datasetOption));
        var sets = DirectionSets.Of(dataset, Set(context, positiveOption, positiveClipsOption)!, Set(context, negativeOption, negativeClipsOption), context.Get(clipsOption));
        using var model = ModelLoading.Load(context.Get(modelOption), compute.Read(context), context.Progress);
        site.Require(model.Config.Decoder.Layers);
        var (direction, norm) = DirectionMeasurement.Measure(model, dataset, sets, site, context.Get(captionsOption), (what, done, total) => context.Progress.Report($"Mean of {what}", done, total, "clips"), context.Cancellation);
        context.Progress.CloseLine();
        AtomicFile.WriteJson(context.Get(outOption), direction);
        return new VerbResult(
            new { direction = context.Get(outOption), hash = direction.Hash, hook = direction.Hook, positiveClips = sets.Positive.Count, negativeClips = sets.Negative.Count, norm },
            string.Create(CultureInfo.InvariantCulture, $"{context.Get(outOption)}: {sets.PositiveWords} ({sets.Positive.Count} clips) − {sets.NegativeWords} ({sets.Negative.Count} clips) at {site}, length {norm:G4}"));
    }

    private static ClipSet? Set(VerbContext context, Option<string?> byCaption, Option<string[]> byId) =>
        context.Find(byCaption) is { } text ? new ClipSet(text) : context.Find(byId) is { Length: > 0 } ids ? new ClipSet(Ids: ids) : null;
}

using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.Activations;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Models;

namespace SaeDashboard.Worker.Steering;

/// <summary><c>direction</c>: the difference of the mean residual of two sets of clips, for the control arm “difference of means” of a take.</summary>
internal sealed class DirectionVerb : Verb
{
    // Earlier columns show the start of the sequence, as in the index.
    private const int FirstColumn = 4;

    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly Option<string> datasetOption = CommonOptions.Dataset();
    private readonly Option<string> hookOption = new("--hook") { Description = "Where it is measured, such as layers.4.resid_post: the layer of the SAE that it is compared with", HelpName = "point", Required = true };
    private readonly Option<string?> positiveOption = new("--positive") { Description = "The positive set: clips whose caption contains this text", HelpName = "text" };
    private readonly Option<string?> negativeOption = new("--negative") { Description = "The negative set: clips whose caption contains this text (without it: all others)", HelpName = "text" };
    private readonly Option<string[]> positiveClipsOption = new("--positive-clips") { Description = "The positive set: these clips, by their ids", HelpName = "id", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string[]> negativeClipsOption = new("--negative-clips") { Description = "The negative set: these clips, by their ids", HelpName = "id", AllowMultipleArgumentsPerToken = true };
    private readonly Option<bool> captionsOption = new("--captions") { Description = "The model reads each clip's caption with its sound; without it the null condition" };
    private readonly Option<int> clipsOption = new Option<int>("--clips") { Description = "At most this many clips of each set, in the dataset's order", HelpName = "count" }.Default(100).Between(1, 1_000_000);
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
        var (first, positiveWords) = Set(context, dataset, positiveOption, positiveClipsOption, [])!.Value;
        var (second, negativeWords) = Set(context, dataset, negativeOption, negativeClipsOption, first) ?? (dataset.Clips.Except(first).ToList(), "all others");
        if (first.Intersect(second).Any()) throw new UserException($"{first.Intersect(second).Count()} clips are in both sets, such as {first.Intersect(second).First().Id}: their difference means nothing. Choose sets without common clips.");
        using var model = ModelLoading.Load(context.Get(modelOption), compute.Read(context), context.Progress);
        site.Require(model.Config.Decoder.Layers);
        var most = context.Get(clipsOption);
        var (positive, negative) = (Mean(model, dataset, [.. first.Take(most)], site, context, positiveWords), Mean(model, dataset, [.. second.Take(most)], site, context, negativeWords));
        context.Progress.CloseLine();
        var difference = new float[positive.Length];
        for (var i = 0; i < difference.Length; i++) difference[i] = (float)(positive[i] - negative[i]);
        var norm = Math.Sqrt(difference.Sum(value => (double)value * value));
        if (!(norm > 0)) throw new UserException("The two sets have the same mean, so there is no direction between them: choose other sets.");
        var bytes = MemoryMarshal.AsBytes(difference.AsSpan()).ToArray();
        var direction = new TakeDirection(Convert.ToHexStringLower(SHA256.HashData(bytes)), Convert.ToBase64String(bytes), site.ToString()) { Positive = positiveWords, Negative = negativeWords };
        AtomicFile.WriteJson(context.Get(outOption), direction);
        var (ofFirst, ofSecond) = (Math.Min(most, first.Count), Math.Min(most, second.Count));
        return new VerbResult(
            new { direction = context.Get(outOption), hash = direction.Hash, hook = direction.Hook, positiveClips = ofFirst, negativeClips = ofSecond, norm },
            string.Create(CultureInfo.InvariantCulture, $"{context.Get(outOption)}: {positiveWords} ({ofFirst} clips) − {negativeWords} ({ofSecond} clips) at {site}, length {norm:G4}"));
    }

    private static (List<Clip> Clips, string Words)? Set(VerbContext context, ClipDataset dataset, Option<string?> byCaption, Option<string[]> byId, List<Clip> without)
    {
        if (context.Find(byCaption) is { } text)
        {
            var found = dataset.Clips.Where(clip => clip.Caption.Contains(text, StringComparison.OrdinalIgnoreCase) && !without.Contains(clip)).ToList();
            return found.Count > 0 ? (found, $"captions with “{text}”") : throw new UserException($"No {(without.Count > 0 ? "other " : "")}clip of {dataset.Folder} has a caption with “{text}”: choose a text that some captions contain.");
        }
        if (context.Find(byId) is not { Length: > 0 } ids) return null;
        var known = dataset.Clips.ToDictionary(clip => clip.Id);
        var chosen = ids.Distinct().Select(id => known.TryGetValue(id, out var clip) ? clip : throw new UserException($"{dataset.Folder} has no clip “{id}”: its metadata.jsonl lists them.")).ToList();
        return (chosen, $"{chosen.Count} chosen clips");
    }

    private double[] Mean(MusicGenModel model, ClipDataset dataset, IReadOnlyList<Clip> clips, HookSite site, VerbContext context, string what)
    {
        var source = new ModelActivationSource(model, dataset, clips, site, context.Get(captionsOption));
        var (sum, columns, done) = (new double[source.Width], 0L, 0);
        foreach (var clip in source.Clips())
        {
            context.Cancellation.ThrowIfCancellationRequested();
            using var flat = clip.Columns.contiguous();
            var values = TensorData.AsSpan(flat);
            // Column 1 is the first of them.
            for (var at = (FirstColumn - 1) * sum.Length; at + sum.Length <= values.Length; at += sum.Length)
            {
                for (var i = 0; i < sum.Length; i++) sum[i] += values[at + i];
                columns++;
            }
            context.Progress.Report($"Mean of {what}", ++done, clips.Count, "clips");
        }
        if (columns == 0) throw new UserException($"The clips of {what} are too short: none has a column from {FirstColumn} on.");
        for (var i = 0; i < sum.Length; i++) sum[i] /= columns;
        return sum;
    }
}

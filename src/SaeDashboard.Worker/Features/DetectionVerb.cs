using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Worker.Activations;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Models;
using SaeDashboard.Worker.Saes;

namespace SaeDashboard.Worker.Features;

/// <summary><c>detection</c>: chooses the clips that labels of an SAE's features are made from, and those that they are tested on.</summary>
internal sealed class DetectionVerb : Verb
{
    private const string Test = "test", Select = "select", Train = "sae-train";

    private readonly Option<string> saeOption = CommonOptions.Sae();
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly Option<string> datasetOption = CommonOptions.Dataset();
    private readonly ComputeOptions compute;

    public DetectionVerb() : base("detection", "Chooses the clips that labels are made from and those that they are tested on, into an SAE's index.",
        "detection --sae data/saes/mine --model demo/model --dataset demo/dataset")
    {
        Option[] all = [saeOption, modelOption, datasetOption];
        foreach (var option in all) Options.Add(option);
        compute = new ComputeOptions(this, "; the model and the SAE compute there");
    }

    public override VerbResult Run(VerbContext context)
    {
        var clock = Stopwatch.StartNew();
        var folder = context.Get(saeOption);
        var options = compute.Read(context);
        using var sae = SaeFolder.Load(folder);
        if (options.Device.TensorDevice is { } device) sae.ComputeOn(device);
        using var dataset = ClipDataset.Open(context.Get(datasetOption));
        var indexFolder = Path.Combine(folder, "index");
        using var index = FeatureIndex.Open(indexFolder);
        if (index.Info.SaeHash != sae.WeightsHash) throw new UserException($"{indexFolder} was made for other weights than those in {folder}: make the index again with the verb 'index'.");
        if (index.Info.DatasetHash != dataset.Hash) throw new UserException($"{indexFolder} was made from another dataset than {dataset.Folder}. Name that one, or make the index again.");
        using var model = ModelLoading.Load(context.Get(modelOption), options, context.Progress);
        if (index.Info.ModelHash != model.WeightsHash) throw new UserException($"{indexFolder} was made with another model than {model.Folder}. Name that one, or make the index again.");
        var site = SaeCompatibility.Require(folder, sae, model);
        var captions = SaeCompatibility.ReadsCaptions(sae);

        var (labelled, tested, names) = Sets(dataset);
        var built = DetectionClipsBuilder.Build(
            sae, index, new ModelActivationSource(model, dataset, labelled, site, captions), new ModelActivationSource(model, dataset, tested, site, captions),
            names, context.Progress.Clips("Detection: "), context.Cancellation);
        built.Save(indexFolder);
        var written = DetectionClips.Open(indexFolder, index.Info)!;
        var whole = Enumerable.Range(0, index.Count).Count(feature => index[feature].Kept && Enum.GetValues<DetectionKind>().All(kind => written.Of(feature, kind).Count == written.Info.Places));
        var seconds = clock.Elapsed.TotalSeconds;
        var path = Path.Combine(indexFolder, DetectionClips.FileName);
        return new VerbResult(
            new { detection = path, labelledOn = names.Labelled, labelClips = built.Info.LabelClips, testedOn = names.Tested, testClips = built.Info.TestClips, places = built.Info.Places, kept = index.Info.KeptDefault, keptWithAllPlaces = whole, seconds },
            string.Create(CultureInfo.InvariantCulture, $"{path}: labels from {built.Info.LabelClips:N0} clips ({names.Labelled}), tested on {built.Info.TestClips:N0} ({names.Tested}); {whole:N0} of {index.Info.KeptDefault:N0} kept features have {built.Info.Places} clips of each kind; {seconds:F1} s"));
    }

    /// <summary>Clips for labels and clips for the test. The split `test` is for figures; a dataset without one gives half of `select`.</summary>
    internal static (IReadOnlyList<Clip> Labelled, IReadOnlyList<Clip> Tested, (string Labelled, string Tested) Names) Sets(ClipDataset dataset)
    {
        var train = dataset.Clips.Where(clip => clip.Split == Train).ToList();
        var select = dataset.InSplit(Select);
        var test = dataset.Clips.Where(clip => clip.Split == Test).ToList();
        if (test.Count > 0) return ([.. train, .. select], Fewer(test), ($"{Train}, {Select}", Test));
        var order = select.OrderBy(DrawOf).ToList();
        var half = order.Take(order.Count / 2).ToList();
        if (half.Count == 0) throw new UserException($"{dataset.Folder} has one clip in '{Select}' and none in '{Test}': a label needs clips that it was not made from. Add clips of either split.");
        return ([.. train, .. order.Skip(half.Count).OrderBy(clip => clip.Row)], Fewer(half), ($"{Train}, half of {Select}", $"half of {Select}"));
    }

    private static List<Clip> Fewer(List<Clip> clips) => [.. clips.OrderBy(DrawOf).Take(DetectionClipsBuilder.MostTestClips).OrderBy(clip => clip.Row)];

    private static ulong DrawOf(Clip clip) => DetectionClipsBuilder.Draw(clip.Row);
}

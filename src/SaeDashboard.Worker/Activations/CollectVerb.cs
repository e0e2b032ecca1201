using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Models;
using SaeDashboard.Worker.Saes;

namespace SaeDashboard.Worker.Activations;

/// <summary><c>collect</c>: the activations of a dataset's split, kept on disk for training.</summary>
internal sealed class CollectVerb : Verb
{
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly ComputeOptions compute;
    private readonly Option<string> datasetOption = CommonOptions.Dataset();
    private readonly Option<string> layersOption = new Option<string>("--layers") { Description = "Layers whose activations are kept, all in one pass: one, or 2,4,6", HelpName = "layers" }.Default("4");
    private readonly Option<string> pointOption = CommonOptions.Point();
    private readonly Option<string> conditionOption = new Option<string>("--condition") { Description = "none: the null condition, as the paper; caption: each clip's caption" }.Default(TextConditions.None);
    private readonly Option<string> splitOption = CommonOptions.Split("sae-train");
    private readonly Option<string> precisionOption = new Option<string>("--store") { Description = "How values are stored" }.Default(ComputeNames.Float32);
    private readonly Option<string> outOption = CommonOptions.Out("Folder to make (it must not exist); of several layers each gets a folder layer-N (or layer-N-POINT) in it");

    public CollectVerb() : base("collect", "Runs a dataset's clips through the model and keeps the residual stream after one layer or several, or what another of their points computes.",
        "collect --model demo/model --dataset demo/dataset --layers 2,4 --out data/activations/demo")
    {
        Option[] all = [modelOption, datasetOption, layersOption, pointOption, conditionOption, splitOption, precisionOption, outOption];
        foreach (var option in all) Options.Add(option);
        conditionOption.AcceptOnlyFromAmong([.. TextConditions.All]);
        precisionOption.AcceptOnlyFromAmong([.. ComputeNames.Types]);
        compute = new ComputeOptions(this, "; captions are encoded on the CPU");
    }

    public override VerbResult Run(VerbContext context)
    {
        var clock = Stopwatch.StartNew();
        var folder = context.Get(outOption);
        if (Directory.Exists(folder)) throw new UserException($"{folder} exists already. Use it as it is (train --activations {folder}), or delete it first.");
        using var dataset = ClipDataset.Open(context.Get(datasetOption));
        var clips = dataset.InSplit(context.Get(splitOption));
        using var model = ModelLoading.Load(context.Get(modelOption), compute.Read(context), context.Progress);
        var sites = LayerList.At(LayerList.Parse(context.Get(layersOption), model.Config.Decoder.Layers), context.Get(pointOption));

        var precision = Enum.Parse<ActivationDType>(context.Get(precisionOption), ignoreCase: true);
        var collector = new ActivationCollector(model, dataset, clips, context.Get(splitOption), sites, context.Get(conditionOption), precision);
        var (total, bytes) = (collector.Columns, collector.Bytes);
        context.Progress.Note(string.Create(CultureInfo.InvariantCulture, $"{clips.Count:N0} clips, {total:N0} columns of {string.Join(", ", sites)}, {bytes / 1e6:N0} MB on disk."));
        foreach (var note in ClipLengths.Notes(dataset, clips, model)) context.Progress.Note(note);
        collector.Collect(folder, done => context.Progress.Report("Collecting", done, total, "columns"), context.Cancellation);

        var seconds = clock.Elapsed.TotalSeconds;
        string[] folders = sites.Count == 1 ? [folder] : [.. collector.Sources.Select(source => Path.Combine(folder, ActivationCollector.FolderOf(source)))];
        return new VerbResult(
            new { activations = folder, folders, layers = sites.Select(site => site.Layer), points = sites.Select(site => site.ToString()), clips = clips.Count, columns = total, width = model.Config.Decoder.Width, bytes, seconds, columnsPerSecond = total / seconds },
            string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", folders)}: {total:N0} columns in {seconds:F1} s ({total / seconds:N0} columns/s)"));
    }
}

using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Models;
using SaeDashboard.Worker.Runs;

namespace SaeDashboard.Worker.Features;

/// <summary><c>detection</c>: chooses the clips that labels of an SAE's features are made from, and those that they are tested on.</summary>
internal sealed class DetectionVerb : Verb
{
    private readonly Option<string?> saeOption = new("--sae") { Description = "SAE folder with an index", HelpName = "dir" };
    private readonly Option<string?> modelOption = new("--model") { Description = "Model folder (Hugging Face MusicGen: config.json, model.safetensors, tokenizer.json)", HelpName = "dir" };
    private readonly Option<string?> datasetOption = new("--dataset") { Description = "Dataset folder (metadata.jsonl, codes.safetensors)", HelpName = "dir" };
    private readonly RunDirectoryOptions job;
    private readonly ComputeOptions compute;

    public DetectionVerb() : base("detection", "Chooses the clips that labels are made from and those that they are tested on, into an SAE's index.",
        "detection --sae data/saes/mine --model demo/model --dataset demo/dataset")
    {
        Option[] all = [saeOption, modelOption, datasetOption];
        foreach (var option in all) Options.Add(option);
        job = new RunDirectoryOptions(this, "a run of kind \"detection\", instead of --sae, --model and --dataset; its state is written there");
        compute = new ComputeOptions(this, "; the model and the SAE compute there");
    }

    public override VerbResult Run(VerbContext context)
    {
        var clock = Stopwatch.StartNew();
        var (folder, datasetFolder, modelFolder) = (context.Find(saeOption), context.Find(datasetOption), context.Find(modelOption));
        if (job.Folder(context) is { } run)
        {
            if (folder is not null || datasetFolder is not null || modelFolder is not null) throw new UserException("Give --run-dir alone, or --sae, --model and --dataset: the run's config.json names all three.");
            return job.Run(context, run, RunKind.Detection);
        }
        if (folder is null || modelFolder is null || datasetFolder is null) throw new UserException("Give --sae, --model and --dataset, or the --run-dir of a run that names them.");
        var options = compute.Read(context);
        using var sae = SaeFolder.Load(folder);
        if (options.Device.TensorDevice is { } device) sae.ComputeOn(device);
        using var dataset = ClipDataset.Open(datasetFolder);
        var indexFolder = Path.Combine(folder, "index");
        using var index = OpenIndex(indexFolder, folder, sae.WeightsHash, dataset);
        using var model = ModelLoading.Load(modelFolder, options, context.Progress);
        RequireModel(index, model.WeightsHash, model.Folder);
        var built = DetectionSets.Of(dataset).Build(folder, sae, index, model, dataset, null, null, context.Progress.Clips("Detection: "), context.Cancellation);
        built.Save(indexFolder);
        var whole = Whole(index);
        var seconds = clock.Elapsed.TotalSeconds;
        var (path, info) = (Path.Combine(indexFolder, DetectionClips.FileName), built.Info);
        return new VerbResult(
            new { detection = path, labelledOn = info.LabelledOn, labelClips = info.LabelClips, testedOn = info.TestedOn, testClips = info.TestClips, places = info.Places, kept = index.Info.KeptDefault, keptWithAllPlaces = whole, seconds },
            $"{path}: {Said(index, info, whole)}; {seconds.ToString("F1", CultureInfo.InvariantCulture)} s");
    }

    /// <summary>Opens the index of an SAE for this dataset.</summary>
    /// <exception cref="UserException">It is of other weights or of another dataset.</exception>
    internal static FeatureIndex OpenIndex(string indexFolder, string folder, string weightsHash, ClipDataset dataset)
    {
        var index = FeatureIndex.Open(indexFolder);
        var fault = index.Info.SaeHash != weightsHash ? $"{indexFolder} was made for other weights than those in {folder}: make the index again with the verb 'index'."
            : index.Info.DatasetHash != dataset.Hash ? $"{indexFolder} was made from another dataset than {dataset.Folder}. Name that one, or make the index again." : null;
        if (fault is null) return index;
        index.Dispose();
        throw new UserException(fault);
    }

    /// <exception cref="UserException">The index was made with another model.</exception>
    internal static void RequireModel(FeatureIndex index, string weightsHash, string modelFolder)
    {
        if (index.Info.ModelHash != weightsHash) throw new UserException($"{index.Folder} was made with another model than {modelFolder}. Name that one, or make the index again.");
    }

    /// <summary>How many kept features have all their clips.</summary>
    internal static int Whole(FeatureIndex index)
    {
        var written = DetectionClips.Open(index.Folder, index.Info)!;
        return Enumerable.Range(0, index.Count).Count(feature => index[feature].Kept && Enum.GetValues<DetectionKind>().All(kind => written.Of(feature, kind).Count == written.Info.Places));
    }

    /// <summary>What was chosen, in words.</summary>
    internal static string Said(FeatureIndex index, DetectionClipsInfo info, int whole) => string.Create(CultureInfo.InvariantCulture,
        $"labels from {info.LabelClips:N0} clips ({info.LabelledOn}), tested on {info.TestClips:N0} ({info.TestedOn}); {whole:N0} of {index.Info.KeptDefault:N0} kept features have {info.Places} clips of each kind");
}

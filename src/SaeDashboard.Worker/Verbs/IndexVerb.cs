using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Worker.Activations;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Verbs;

/// <summary><c>index</c>: measures every feature of an SAE and writes the index into its folder.</summary>
internal sealed class IndexVerb : Verb
{
    private readonly Option<string> saeOption = CommonOptions.Sae();
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly ComputeOptions compute;
    private readonly Option<string> datasetOption = CommonOptions.Dataset();
    private readonly Option<string?> activationsOption = new("--activations") { Description = "Folder made by collect on sae-train, read instead of running the model again", HelpName = "dir" };

    public IndexVerb() : base("index", "Measures every feature on `select` and finds its top clips in `sae-train` and `select`.",
        "index --sae data/runs/demo/sae --model demo/model --dataset demo/dataset")
    {
        Option[] all = [saeOption, modelOption, datasetOption, activationsOption];
        foreach (var option in all) Options.Add(option);
        compute = new ComputeOptions(this, "; the model and the SAE compute there, statistics and captions stay on the CPU");
    }

    public override VerbResult Run(VerbContext context)
    {
        var clock = Stopwatch.StartNew();
        var folder = context.Get(saeOption);
        var options = compute.Read(context);
        using var sae = SaeFolder.Load(folder);
        foreach (var note in sae.Config.Notes) context.Progress.Note(note);
        if (options.Device.TensorDevice is { } device) sae.ComputeOn(device);
        using var dataset = ClipDataset.Open(context.Get(datasetOption));
        using var model = ModelLoading.Load(context.Get(modelOption), options, context.Progress);
        var site = SaeFit.Require(folder, sae, model);
        var captions = SaeFit.ReadsCaptions(sae);
        var origin = new FeatureIndexOrigin(model.WeightsHash, dataset.Hash, dataset.Name, site.ToString(), site.Layer, model.Codec.FrameRate);

        using var store = context.Find(activationsOption) is { } activations ? OpenStore(activations, origin, options) : null;
        var select = new ModelActivationSource(model, dataset, dataset.InSplit("select"), site, captions);
        IActivationSource train = store is null
            ? new ModelActivationSource(model, dataset, dataset.InSplit("sae-train"), site, captions)
            : new StoreActivationSource(store);
        var built = FeatureIndexBuilder.Build(sae, select, train, origin, null, context.Progress.Clips("Index: "), context.Cancellation);
        var index = Path.Combine(folder, "index");
        foreach (var note in built.Notes) context.Progress.Note(note);
        built.Save(index);

        var seconds = clock.Elapsed.TotalSeconds;
        var info = built.Info;
        return new VerbResult(
            new { index, features = info.Features, kept = info.KeptDefault, keptAnyFrame = info.KeptAnyFrame, hook = info.Hook, clips = info.ClipsMeasured, columns = info.ColumnsMeasured, exactPercentiles = built.PercentilesExact, seconds },
            string.Create(CultureInfo.InvariantCulture, $"{index}: {info.Features:N0} features, the filter keeps {info.KeptDefault:N0} (over 10 % of p99; {info.KeptAnyFrame:N0} over 0); {seconds:F1} s"));
    }

    /// <summary>Opens stored activations and refuses those of another model, data set or hook.</summary>
    private static ActivationStore OpenStore(string folder, FeatureIndexOrigin origin, ModelOptions options)
    {
        var store = ActivationStore.Open(folder);
        var source = store.Manifest.Source;
        var fault = source.ModelHash != origin.ModelHash ? "another model"
            : source.DatasetHash != origin.DatasetHash ? "another data set"
            : source.Hook != origin.Hook ? $"another hook ({source.Hook}, the SAE reads {origin.Hook})"
            : source.ComputeType != options.TypeName ? $"a model in {source.ComputeType} (--dtype is {options.TypeName} here)"
            : null;
        if (fault is null) return store;
        store.Dispose();
        throw new UserException($"{folder} was collected from {fault}. Collect again, or leave --activations out.");
    }
}

using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Atlas;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Worker.Activations;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Evaluation;
using SaeDashboard.Worker.Models;
using SaeDashboard.Worker.Saes;

namespace SaeDashboard.Worker.Features;

/// <summary><c>index</c>: measures every feature of an SAE and writes the index into its folder.</summary>
internal sealed class IndexVerb : Verb
{
    private readonly Option<string> saeOption = CommonOptions.Sae();
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly ComputeOptions compute;
    private readonly Option<string> datasetOption = CommonOptions.Dataset();
    private readonly Option<string?> activationsOption = new("--activations") { Description = "Folder made by collect on sae-train, read instead of running the model again", HelpName = "dir" };
    private readonly MeasureVerbOptions measures;

    public IndexVerb() : base("index", "Measures every feature on `select` and finds its top clips in `sae-train` and `select`.",
        "index --sae data/runs/demo/sae --model demo/model --dataset demo/dataset")
    {
        Option[] all = [saeOption, modelOption, datasetOption, activationsOption];
        foreach (var option in all) Options.Add(option);
        measures = new MeasureVerbOptions(this);
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
        var site = SaeCompatibility.Require(folder, sae, model);
        var captions = SaeCompatibility.ReadsCaptions(sae);
        var origin = new FeatureIndexOrigin(model.WeightsHash, dataset.Hash, dataset.Name, site.ToString(), site.Layer, model.Codec.FrameRate);

        var second = measures.Second(context, site, sae, model);
        using var secondSae = second?.Sae;
        using var store = context.Find(activationsOption) is { } activations ? OpenStore(activations, origin, options) : null;
        var clips = dataset.InSplit("select");
        var select = new ModelActivationSource(model, dataset, clips, site, captions);
        IActivationSource train = store is null
            ? new ModelActivationSource(model, dataset, dataset.InSplit("sae-train"), site, captions)
            : new StoreActivationSource(store);
        var what = new FeatureIndexOptions { Measures = IndexMeasures.Of(model, dataset, context.Progress.Note) with { Second = second } };
        var built = FeatureIndexBuilder.Build(sae, select, train, origin, what, context.Progress.Clips("Index: "), context.Cancellation);
        built = measures.Score(context, built, new EvaluationSubject(folder, sae, model, site, dataset, "select", clips));
        var index = Path.Combine(folder, "index");
        var atlas = AtlasBuilder.Build(sae, null, context.Progress.Clips("Atlas: "), context.Cancellation);
        foreach (var note in built.Notes) context.Progress.Note(note);
        foreach (var said in built.Save(index, atlas)) context.Progress.Note(said);
        using var written = FeatureIndex.Open(index);

        var seconds = clock.Elapsed.TotalSeconds;
        var info = built.Info;
        var guests = written.Guests is { } found ? string.Create(CultureInfo.InvariantCulture, $"; {found.Count:N0} mystery guests") : "";
        return new VerbResult(
            new { index, features = info.Features, kept = info.KeptDefault, keptAnyFrame = info.KeptAnyFrame, mysteryGuests = written.Guests?.Count, hook = info.Hook, clips = info.ClipsMeasured, columns = info.ColumnsMeasured, exactPercentiles = built.PercentilesExact, seconds },
            string.Create(CultureInfo.InvariantCulture, $"{index}: {info.Features:N0} features, the filter keeps {info.KeptDefault:N0} (over 10% of p99; {info.KeptAnyFrame:N0} over 0){guests}; {seconds:F1} s"));
    }

    /// <summary>Opens stored activations and refuses those of another model, dataset or hook.</summary>
    private static ActivationStore OpenStore(string folder, FeatureIndexOrigin origin, ModelOptions options)
    {
        var store = ActivationStore.Open(folder);
        var source = store.Manifest.Source;
        var fault = source.ModelHash != origin.ModelHash ? "another model"
            : source.DatasetHash != origin.DatasetHash ? "another dataset"
            : source.Hook != origin.Hook ? $"another hook ({source.Hook}, the SAE reads {origin.Hook})"
            : source.ComputeType != options.TypeName ? $"a model in {source.ComputeType} (--dtype is {options.TypeName} here)"
            : null;
        if (fault is null) return store;
        store.Dispose();
        throw new UserException($"{folder} was collected from {fault}. Collect again, or leave --activations out.");
    }
}

/// <summary><c>features</c>: lists what an SAE's features fire on, or shows one of them with its top clips.</summary>
internal sealed class FeaturesVerb : Verb
{
    private readonly Option<string> saeOption = CommonOptions.Sae();
    private readonly Option<string> datasetOption = CommonOptions.Dataset();
    private readonly Option<int?> featureOption = new("--feature") { Description = "Show one feature with its top clips", HelpName = "feature" };
    private readonly Option<int> topOption = new Option<int>("--top") { HelpName = "count", Description = "How many features to list" }.Default(20).Between(1, 1_000_000);
    private readonly Option<string> sortOption = new Option<string>("--sort") { Description = "p99: strongest first; density: on most clips first; index" }.Default("p99");

    public FeaturesVerb() : base("features", "Lists what an SAE's features fire on (needs its index).",
        "features --sae demo/sae --dataset demo/dataset --top 10")
    {
        Option[] all = [saeOption, datasetOption, featureOption, topOption, sortOption];
        foreach (var option in all) Options.Add(option);
        sortOption.AcceptOnlyFromAmong("p99", "density", "index");
    }

    public override VerbResult Run(VerbContext context)
    {
        using var index = FeatureIndex.Open(Path.Combine(context.Get(saeOption), "index"));
        using var dataset = ClipDataset.Open(context.Get(datasetOption));
        if (dataset.Hash != index.Info.DatasetHash) throw new UserException($"{context.Get(saeOption)}/index was made from another dataset than {dataset.Folder}. Name that one, or make the index again.");
        var concepts = new PeakConcepts(index, dataset, Annotations.TryLoad(dataset.Folder));
        return context.Find(featureOption) is { } feature ? One(index, dataset, concepts, feature) : List(context, index, dataset, concepts);
    }

    private VerbResult List(VerbContext context, FeatureIndex index, ClipDataset dataset, PeakConcepts concepts)
    {
        var kept = Enumerable.Range(0, index.Info.Features).Where(feature => index[feature].Kept);
        var order = context.Get(sortOption) switch
        {
            "density" => kept.OrderByDescending(feature => index[feature].ClipDensity),
            "index" => kept.Order(),
            _ => kept.OrderByDescending(feature => index[feature].P99),
        };
        var rows = order.Take(context.Get(topOption)).Select(feature => new
        {
            feature,
            p99 = index[feature].P99,
            clipDensity = index[feature].ClipDensity,
            columnDensity = index[feature].ColumnDensity,
            firesOn = concepts.At(feature),
            caption = index.TopClips(feature) is [var top, ..] ? dataset.Clips[top.Row].Caption : "",
        }).ToArray();
        var text = new StringBuilder();
        text.AppendLine("feature     p99   clips %  columns %  at its peaks                        top clip");
        foreach (var row in rows)
            text.AppendLine(CultureInfo.InvariantCulture, $"{row.feature,7}  {row.p99,6:F2}  {100 * row.clipDensity,7:F1}  {100 * row.columnDensity,9:F2}  {row.firesOn,-34}  {row.caption}");
        text.Append(CultureInfo.InvariantCulture, $"{rows.Length} of {index.Info.KeptDefault} features that the filter keeps ({index.Info.Features} in all)");
        return new VerbResult(new { features = rows, kept = index.Info.KeptDefault, total = index.Info.Features }, text.ToString());
    }

    private static VerbResult One(FeatureIndex index, ClipDataset dataset, PeakConcepts concepts, int feature)
    {
        if (feature < 0 || feature >= index.Info.Features) throw new UserException($"There is no feature {feature}: the dictionary has {index.Info.Features}, numbered from 0.");
        var statistics = index[feature];
        var clips = index.TopClips(feature).Select(top => new
        {
            clip = dataset.Clips[top.Row].Id,
            activation = top.Value,
            // At column p the model has heard frames up to p − 1.
            seconds = (top.Column - 1) / index.Info.FrameRate,
            caption = dataset.Clips[top.Row].Caption,
        }).ToArray();
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"feature {feature}: p99 {statistics.P99:F2}, maximum {statistics.Maximum:F2}, on {100 * statistics.ClipDensity:F1} % of clips and {100 * statistics.ColumnDensity:F2} % of columns; hue {statistics.Hue} of 24");
        text.AppendLine(CultureInfo.InvariantCulture, $"at its peaks: {concepts.At(feature)}");
        foreach (var clip in clips) text.AppendLine(CultureInfo.InvariantCulture, $"  {clip.activation,7:F2} at {clip.seconds,5:F2} s  {clip.clip}  {clip.caption}");
        text.Append("nearest: " + string.Join(", ", index.Neighbours(feature).Select(near => FormattableString.Invariant($"{near.Feature} (cosine {near.Cosine:F2})"))));
        return new VerbResult(new { feature, statistics, firesOn = concepts.At(feature), clips, neighbours = index.Neighbours(feature) }, text.ToString());
    }
}

/// <summary>
/// A hint at what a feature fires on, where the dataset has annotated spans: the concepts that hold at the peaks of its
/// top clips far more often than in general. A hint, not a score: that takes unseen clips (the verb evaluate's business).
/// </summary>
internal sealed class PeakConcepts(FeatureIndex index, ClipDataset dataset, Annotations? annotations)
{
    private readonly Dictionary<string, double> prior = annotations is null ? [] : Prior(dataset, annotations);

    /// <summary>The two concepts of largest lift over the top clips' peaks, as “concept hits/peaks”.</summary>
    public string At(int feature)
    {
        if (annotations is null) return "";
        var hits = new Dictionary<string, int>();
        var clips = index.TopClips(feature);
        foreach (var top in clips)
        {
            var seconds = (top.Column - 1) / index.Info.FrameRate;
            if (!annotations.Clips.TryGetValue(dataset.Clips[top.Row].Id, out var spans)) continue;
            foreach (var (concept, list) in spans)
            {
                if (list.Any(span => span.Start <= seconds && seconds < span.End)) hits[concept] = hits.GetValueOrDefault(concept) + 1;
            }
        }
        // Surprise of that many hits: n·ln(rate / prior); concepts on half of the peaks or fewer are left out.
        var best = hits.Where(hit => hit.Value * 2 > clips.Count)
            .OrderByDescending(hit => hit.Value * Math.Log(hit.Value / (double)clips.Count / Math.Max(1e-3, prior[hit.Key])))
            .ThenBy(hit => hit.Key, StringComparer.Ordinal).Take(2);
        return string.Join(", ", best.Select(hit => string.Create(CultureInfo.InvariantCulture, $"{hit.Key} {hit.Value}/{clips.Count}")));
    }

    /// <summary>The share of all time for which each concept holds.</summary>
    private static Dictionary<string, double> Prior(ClipDataset dataset, Annotations annotations)
    {
        var seconds = new Dictionary<string, double>();
        foreach (var spans in annotations.Clips.Values)
        {
            foreach (var (concept, list) in spans) seconds[concept] = seconds.GetValueOrDefault(concept) + list.Sum(span => span.End - span.Start);
        }
        var total = dataset.Clips.Sum(clip => clip.Seconds);
        return seconds.ToDictionary(entry => entry.Key, entry => entry.Value / total);
    }
}

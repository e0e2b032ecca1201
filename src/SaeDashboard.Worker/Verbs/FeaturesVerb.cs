using System.CommandLine;
using System.Globalization;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Verbs;

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
        if (dataset.Hash != index.Info.DatasetHash) throw new UserException($"{context.Get(saeOption)}/index was made from another data set than {dataset.Folder}. Name that one, or make the index again.");
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

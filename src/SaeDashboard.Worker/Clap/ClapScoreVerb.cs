using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using SaeDashboard.Clap;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Clap;

/// <summary><c>clap-score</c>: how near each label is to what its feature sounds like, and how near it is to other features.</summary>
internal sealed class ClapScoreVerb : Verb
{
    private const int MostListed = 20;

    private readonly ClapOptions clap;
    private readonly Option<string> saeOption = CommonOptions.Sae();
    private readonly Option<string> labelsOption = new("--labels") { Description = "Labels as the site exports them (JSON Lines); those of other SAEs are skipped", Required = true, HelpName = "jsonl" };
    private readonly Option<string> datasetOption = CommonOptions.Dataset();
    private readonly Option<string> musicOption = new("--music-model") { Description = "The MusicGen folder that the index was made with: its codec decodes the clips", Required = true, HelpName = "dir" };
    private readonly Option<int> clipsOption = new Option<int>("--clips") { Description = "Top clips of each feature", HelpName = "count" }.Default(10).Between(1, 1000);
    private readonly Option<double> secondsOption = new Option<double>("--seconds") { Description = "Length of an excerpt around the feature's maximum", HelpName = "seconds" }.Default(2).Between(0.1, 10);
    private readonly Option<int> permutationsOption = new Option<int>("--permutations") { Description = "How often the labels are permuted between the features", HelpName = "count" }.Default(100).Between(1, 100_000);
    private readonly Option<int> seedOption = new Option<int>("--seed") { Description = "Decides the permutations", HelpName = "number" }.Default(0);

    public ClapScoreVerb() : base("clap-score", "Scores labels by CLAP: the mean cosine of a label's text with excerpts of its feature's top clips, and the same for labels permuted between features.",
        "clap-score --model data/clap --sae demo/sae --labels labels.jsonl --dataset demo/dataset --music-model demo/model")
    {
        clap = new ClapOptions(this, "; clips are decoded on the CPU");
        Option[] all = [saeOption, labelsOption, datasetOption, musicOption, clipsOption, secondsOption, permutationsOption, seedOption];
        foreach (var option in all) Options.Add(option);
    }

    public override VerbResult Run(VerbContext context)
    {
        var clock = Stopwatch.StartNew();
        using var index = FeatureIndex.Open(Path.Combine(context.Get(saeOption), "index"));
        var revisions = LabelFile.Read(context.Get(labelsOption), index.Info.SaeHash, index.Count);
        using var dataset = ClipDataset.Open(context.Get(datasetOption));
        if (dataset.Hash != index.Info.DatasetHash) throw new UserException($"{index.Folder} was made from another dataset than {dataset.Folder}. Name that one, or make the index again.");
        using var sounds = ClipSounds.Open(context.Get(musicOption), index, dataset, context.Progress);
        using var model = clap.Load(context);
        var seconds = context.Get(secondsOption);
        if (seconds > model.Config.Sound.Seconds) throw new UserException($"--seconds is {seconds}: this CLAP model hears at most {model.Config.Sound.Seconds} s.");

        var texts = EmbedTexts(model, revisions, context);
        int[] features = [.. revisions.Where(revision => revision.Text.Length > 0).Select(revision => revision.Feature).Distinct()];
        var excerpts = new ClipExcerpts(model, index, sounds, seconds).Embed(features, context.Get(clipsOption), context);
        var silent = features.Where(feature => !excerpts.ContainsKey(feature)).ToArray();
        if (silent.Length > 0) context.Progress.Note($"Not scored, because they fire in no clip of the index: {string.Join(", ", silent.Take(MostListed))}{(silent.Length > MostListed ? " …" : "")}.");
        var (permutations, seed) = (context.Get(permutationsOption), context.Get(seedOption));
        var (scores, summary) = LabelScoring.Score(revisions, texts, excerpts, permutations, seed);
        var hash = model.HashWeights();
        return new VerbResult(
            new
            {
                model = model.Folder,
                modelHash = hash,
                sae = index.Info.SaeHash,
                clips = context.Get(clipsOption),
                excerptSeconds = seconds,
                permutations,
                seed,
                summary = new { labels = summary.Labels, cosine = summary.Cosine, floor = summary.Floor, floorLow = summary.FloorLow, floorHigh = summary.FloorHigh, aboveFloor = summary.AboveFloor },
                labels = scores.Select(score => new { feature = score.Revision.Feature, text = score.Revision.Text, by = score.Revision.By, at = score.Revision.At, current = score.IsCurrent, excerpts = score.Excerpts, cosine = score.Cosine, floor = score.Floor }),
                notScored = silent,
                seconds = clock.Elapsed.TotalSeconds,
            },
            Text(scores, summary, permutations, clock.Elapsed.TotalSeconds));
    }

    private static Dictionary<string, float[]> EmbedTexts(ClapModel model, IReadOnlyList<LabelRevision> revisions, VerbContext context)
    {
        var texts = new Dictionary<string, float[]>(StringComparer.Ordinal);
        var done = 0;
        var wanted = revisions.Where(revision => revision.Text.Length > 0).DistinctBy(revision => revision.Text, StringComparer.Ordinal).ToArray();
        foreach (var revision in wanted)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            try
            {
                texts.Add(revision.Text, model.EmbedText(revision.Text));
            }
            catch (UserException error)
            {
                // One label too long for the model does not cost the scores of a thousand others.
                context.Progress.Note($"A label of feature {revision.Feature} is not scored. {error.Message}");
            }
            context.Progress.Report("Reading labels", ++done, wanted.Length, "labels");
        }
        return texts;
    }

    private static string Text(IReadOnlyList<LabelScore> scores, LabelScoreSummary summary, int permutations, double seconds)
    {
        var lines = new StringBuilder();
        lines.AppendLine("feature   cosine    floor  label");
        foreach (var score in scores.Where(score => score.IsCurrent).OrderByDescending(score => score.Cosine).ThenBy(score => score.Revision.Feature).Take(MostListed))
            lines.AppendLine(CultureInfo.InvariantCulture, $"{score.Revision.Feature,7}  {score.Cosine,7:F3}  {score.Floor,7:F3}  {score.Revision.Text}");
        if (summary.Labels > MostListed) lines.AppendLine(CultureInfo.InvariantCulture, $"… and {summary.Labels - MostListed} more: --json has all, with earlier revisions");
        lines.AppendLine(CultureInfo.InvariantCulture, $"{summary.Labels:N0} labels: mean cosine {summary.Cosine:F3}; {seconds:F1} s");
        lines.Append(summary.Floor is null
            ? "no floor: it takes two labelled features"
            : string.Create(CultureInfo.InvariantCulture, $"permuted between features: {summary.Floor:F3} ({summary.FloorLow:F3} to {summary.FloorHigh:F3} in 95 % of {permutations} permutations); {100 * summary.AboveFloor:F0} % of labels are above their floor"));
        return lines.ToString();
    }
}

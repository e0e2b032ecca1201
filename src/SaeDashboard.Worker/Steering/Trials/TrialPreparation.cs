using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Steering;
using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae.Steering.Trials;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Evaluation;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Steering.Trials;

/// <summary>
/// All that is settled before the first clip is made, and kept in the run's folder: the tagger, the features, their targets and controls. A folder that has a
/// plan of the same settings is not prepared again.
/// </summary>
/// <param name="model">The model, owned by the caller.</param>
/// <param name="sae">The SAE, owned by the caller.</param>
/// <param name="dataset">The dataset, owned by the caller.</param>
/// <param name="settings">What to measure.</param>
/// <param name="folder">The run's folder.</param>
/// <param name="progress">Reports the progress.</param>
/// <param name="cancellation">Looked at between clips.</param>
internal sealed class TrialPreparation(
    MusicGenModel model, LoadedSae sae, ClipDataset dataset, TrialSettings settings, string folder, ConsoleProgress progress, CancellationToken cancellation)
{
    /// <summary>Frames of each clip that the tagger is trained and measured on.</summary>
    public const int ExcerptFrames = 128;

    private const string Train = "sae-train", Select = "select", Test = "test", DiffMean = "diff_mean";

    // Clips that are decoded together.
    private const int AtOnce = 16;

    private const int Stride = 2, Epochs = 12, RecipeVersion = 1;

    /// <summary>The least AUROC on held-out frames of a class that can be a target.</summary>
    private const double LeastAuroc = 0.75;

    private string PlanPath => Path.Combine(folder, "plan.json");

    private string DirectionsPath => Path.Combine(folder, "directions.safetensors");

    /// <summary>The plan, the DiffMean directions <c>[features, width]</c> and the tagger.</summary>
    /// <param name="clapHash">SHA-256 of CLAP's weights; null: there is none.</param>
    /// <exception cref="UserException">The folder has a plan of other settings, or something cannot be read.</exception>
    public (TrialPlan Plan, float[] DiffMeans, SoundTagger? Tagger) Prepare(string? clapHash)
    {
        var kept = File.Exists(PlanPath) ? JsonFile.Read<TrialPlan>(PlanPath) : null;
        if (kept is not null) RequireSame(kept, clapHash);
        var (tagger, weights) = Tagger();
        if (kept is not null)
        {
            if (kept.Source.TaggerHash != weights?.Hash) throw new UserException($"{folder}: the tagger is another than the one the plan was made with. Give another --run-dir, or delete {folder}.");
            using var file = SafetensorsFile.Open(DirectionsPath);
            var entry = file.Entry(DiffMean);
            if (!entry.Shape.SequenceEqual([kept.Features.Count, (long)sae.Sae.Config.DIn])) throw new UserException($"{DirectionsPath}: '{DiffMean}' is {entry.Describe()}, which does not fit the plan. Delete {folder}.");
            return (kept, file.ReadFloat32(DiffMean), tagger);
        }
        var judge = new TrialJudge(model, sae, tagger);
        var windows = Windows(judge, tagger?.Classes ?? []);
        bool[] usable = [.. judge.Judges.Select((_, at) => weights is null || at >= weights.Auroc.Length || weights.Auroc[at] >= LeastAuroc)];
        var features = Features(windows, usable);
        var diffMeans = features.SelectMany(feature => feature.Target is null ? new float[sae.Sae.Config.DIn] : windows.DiffMean(feature.Target)).ToArray();
        var plan = new TrialPlan
        {
            Settings = settings,
            Frames = Frames(settings, model),
            Judges = judge.Judges,
            Features = features,
            Source = Source(weights, clapHash),
        };
        var writer = new SafetensorsWriter();
        writer.Add(DiffMean, diffMeans, features.Count, sae.Sae.Config.DIn);
        writer.Save(DirectionsPath);
        // The last: what has a plan is prepared.
        AtomicFile.WriteJson(PlanPath, plan);
        return (plan, diffMeans, tagger);
    }

    /// <summary>Frames of a clip.</summary>
    public static int Frames(TrialSettings settings, MusicGenModel model) => Math.Max(8, (int)Math.Round(settings.Seconds * model.Codec.FrameRate));

    /// <summary>Frames that are decoded to prepare, and columns that are computed.</summary>
    public (long Decoded, long Columns) Work()
    {
        long Clips(string split, int most) => Math.Min(most, dataset.Clips.Count(clip => clip.Split == split));
        var excerpt = Math.Min(ExcerptFrames, dataset.Frames);
        var select = Clips(Select, settings.SelectClips) * dataset.Frames;
        return ((Clips(Train, settings.TaggerClips) + Clips(Test, settings.HeldOutClips)) * excerpt + select, select);
    }

    private SteeringSource Source(TaggerWeights? weights, string? clapHash) => new()
    {
        SaeHash = sae.Sae.WeightsHash,
        Architecture = EnumJson.Name(sae.Sae.Config.Architecture),
        Hook = sae.Site.ToString(),
        ModelHash = model.WeightsHash,
        DatasetHash = dataset.Hash,
        Seconds = settings.Seconds,
        Seeds = settings.Seeds,
        ChoosePrompts = [.. settings.Prompts.Take(settings.ChoosePrompts)],
        ReportPrompts = [.. settings.Prompts.Skip(settings.ChoosePrompts)],
        Strengths = settings.Strengths,
        Guidance = settings.Guidance,
        Level = TrialAnalysis.Level,
        TaggerHash = weights?.Hash,
        TaggerAuroc = Finite(weights?.MeanAuroc),
        TaggerAccuracy = Finite(weights?.MeanAccuracy),
        TaggerClasses = weights?.Auroc.Count(auroc => auroc >= LeastAuroc) ?? 0,
        ClapHash = clapHash,
        KeptFeatures = Kept().Length,
    };

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? Math.Round(number, 4) : null;

    private void RequireSame(TrialPlan plan, string? clapHash)
    {
        var other = plan.SchemaVersion != TrialPlan.CurrentSchema ? "by another version of this program"
            : AtomicText(plan.Settings) != AtomicText(settings) ? "with other settings"
            : plan.Source.SaeHash != sae.Sae.WeightsHash ? "for another SAE"
            : plan.Source.ModelHash != model.WeightsHash ? "for another model"
            : plan.Source.DatasetHash != dataset.Hash ? "for another dataset"
            : plan.Source.ClapHash != clapHash ? "with another CLAP, or without one"
            : null;
        if (other is not null) throw new UserException($"{PlanPath} was made {other}. Continue with what it says, or give another --run-dir.");
    }

    // Records compare lists by reference.
    private static string AtomicText(TrialSettings value) => System.Text.Json.JsonSerializer.Serialize(value, JsonDefaults.Lines);

    private (SoundTagger? Tagger, TaggerWeights? Weights) Tagger()
    {
        if (Annotations.TryLoad(dataset.Folder) is not { } annotations)
        {
            progress.Note($"{dataset.Folder} has no annotations.jsonl: there is no tagger, and descriptors of the sound alone judge.");
            return (null, null);
        }
        var path = Path.Combine(folder, "tagger.safetensors");
        var key = string.Join(' ', RecipeVersion, dataset.Hash, Hashing.Sha256File(Path.Combine(dataset.Folder, "annotations.jsonl")), model.Codec.CodecHash, settings.TaggerClips, settings.HeldOutClips, settings.Seed);
        var weights = SoundTagger.TryLoad(path, key);
        if (weights is null)
        {
            var classes = TaggedFrames.ClassesOf(annotations);
            var (train, heldOut) = (Excerpts(annotations, classes, Train, settings.TaggerClips), Excerpts(annotations, classes, Test, settings.HeldOutClips));
            weights = TaggerTraining.Train(classes, train, heldOut, Epochs, settings.Seed, cancellation);
            SoundTagger.Save(path, weights, key);
        }
        progress.Note(FormattableString.Invariant($"Tagger {weights.Hash[..12]}: {weights.Classes.Count} classes, mean AUROC {weights.MeanAuroc:F3} and balanced accuracy {weights.MeanAccuracy:F3} on frames of clips of {Test} that it was not trained on."));
        return (new SoundTagger(weights, model.Codec.SampleRate, model.Codec.HopLength), weights);
    }

    private TaggedFrames Excerpts(Annotations annotations, IReadOnlyList<string> classes, string split, int most)
    {
        var found = new TaggedFrames(classes, model.Codec.SampleRate, model.Codec.HopLength);
        var clips = EvaluationSubject.Spread([.. dataset.InSplit(split).Where(clip => annotations.Clips.ContainsKey(clip.Id))], most);
        var done = 0;
        foreach (var batch in clips.Chunk(AtOnce))
        {
            var parts = batch.Select(clip =>
            {
                var there = dataset.MusicFrames(clip, model.Codec.FrameRate);
                var frames = Math.Min(ExcerptFrames, there);
                var start = new Random(clip.Row).Next(there - frames + 1);
                return (Clip: clip, Start: start, Codes: dataset.Codes(clip).Slice(start, frames));
            }).ToArray();
            var sounds = TrialJudge.Together(parts.Length, part => TrialJudge.Mono(model, parts[part].Codes), cancellation);
            foreach (var ((clip, start, codes), sound) in parts.Zip(sounds)) found.Add(sound, codes.Frames, annotations, clip.Id, start, Stride);
            progress.Report($"Tagger: clips of {split}", done += batch.Length, clips.Count, "clips");
        }
        return found;
    }

    private SelectWindows Windows(TrialJudge judge, IReadOnlyList<string> classes)
    {
        var windows = new SelectWindows(sae.Sae, classes, judge.Judges, model.Codec.FrameRate);
        var annotations = Annotations.TryLoad(dataset.Folder);
        var clips = EvaluationSubject.Spread(dataset.InSplit(Select), settings.SelectClips);
        var done = 0;
        foreach (var batch in clips.Chunk(AtOnce))
        {
            var codes = batch.Select(clip => dataset.Codes(clip).Slice(0, dataset.MusicFrames(clip, model.Codec.FrameRate))).ToArray();
            var heard = TrialJudge.Together(batch.Length, clip => judge.Hear(TrialJudge.Mono(model, codes[clip]), codes[clip].Frames), cancellation);
            for (var clip = 0; clip < batch.Length; clip++)
            {
                using var scope = NewDisposeScope();
                windows.Add(judge.Stream(codes[clip]), heard[clip], concept => annotations?.Of(batch[clip].Id, concept) ?? []);
            }
            progress.Report($"Targets: clips of {Select}", done += batch.Length, clips.Count, "clips");
        }
        return windows;
    }

    private int[] Kept() => [.. Enumerable.Range(0, sae.Index.Count).Where(feature => sae.Index[feature] is { Kept: true, P99: > 0 })];

    private IReadOnlyList<TrialFeature> Features(SelectWindows windows, bool[] usable)
    {
        var kept = Kept();
        if (kept.Length == 0) throw new UserException($"{sae.Folder}: the feature filter keeps no feature, so there is nothing to sample from.");
        // A generator for each choice: another number of one leaves the others as they are.
        var order = kept.ToArray();
        new Random(unchecked((int)settings.Seed)).Shuffle(order);
        var sample = order.Take(settings.Sample).ToHashSet();
        var top = TopScore(kept);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var directions = sae.Sae.Directions();
        var units = directions.div(directions.norm(1, keepdim: true).ClampMin(1e-12));
        return [.. sample.Union(top).Order().Select(feature =>
        {
            using var inner = NewDisposeScope();
            var cosines = TensorData.ToArray(units.mm(units.narrow(0, feature, 1).t()).reshape(-1).contiguous());
            var (target, best) = windows.Target(feature, usable);
            var statistics = sae.Index[feature];
            var others = kept.Where(other => other != feature && Math.Abs(cosines[other]) <= SelectWindows.NearDirection).ToArray();
            if (others.Length == 0) others = [.. kept.Where(other => other != feature)];
            if (others.Length == 0) throw new UserException($"{sae.Folder}: the feature filter keeps one feature alone, so there is no other decoder row to compare with.");
            return new TrialFeature
            {
                Feature = feature,
                Groups = [.. new[] { (SteeringGroupName.Sample, sample), (SteeringGroupName.TopScore, top) }.Where(group => group.Item2.Contains(feature)).Select(group => group.Item1)],
                P99 = statistics.P99,
                UnitLength = (double)statistics.P99 * statistics.DecoderNorm,
                OtherRow = others[new Random(unchecked((int)settings.Seed * 7919 + feature)).Next(others.Length)],
                Target = target,
                BestCorrelation = best,
                Companions = windows.Companions(feature, cosines, other => sae.Index[other] is { Kept: true, P99: > 0 }),
            };
        })];
    }

    private HashSet<int> TopScore(int[] kept)
    {
        if (settings.TopScore == 0) return [];
        if (sae.Index.Measures is not { OutputScore.IsEmpty: false } measures)
        {
            progress.Note($"{sae.Index.Folder} has no output scores: there is no row of the highest. Index the SAE again with --output-scores 32.");
            return [];
        }
        return [.. kept.Where(feature => float.IsFinite(measures.OutputScore[feature])).OrderByDescending(feature => measures.OutputScore[feature]).ThenBy(feature => feature).Take(settings.TopScore)];
    }
}

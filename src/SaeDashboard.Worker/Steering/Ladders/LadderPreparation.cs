using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae.Steering.Ladders;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.Evaluation;
using SaeDashboard.Worker.Steering.Trials;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Steering.Ladders;

/// <summary>What is settled before the first clip of a ladder is made, and kept in the run's folder. A folder that has a plan of the same settings is not prepared again.</summary>
/// <param name="model">The model, owned by the caller.</param>
/// <param name="sae">The SAE, owned by the caller.</param>
/// <param name="dataset">The dataset, owned by the caller.</param>
/// <param name="settings">What to measure.</param>
/// <param name="folder">The run's folder.</param>
internal sealed class LadderPreparation(MusicGenModel model, LoadedSae sae, ClipDataset dataset, LadderSettings settings, string folder)
{
    private const string Select = "select";

    private const int AtOnce = 16;

    private string PlanPath => Path.Combine(folder, "ladder-plan.json");

    /// <summary>Frames of a clip.</summary>
    public int Frames => Math.Max(8, (int)Math.Round(settings.Seconds * model.Codec.FrameRate));

    /// <summary>The plan.</summary>
    /// <param name="ear">Hears the dataset's clips.</param>
    /// <param name="progress">Receives the clips that were heard, and how many there are.</param>
    /// <param name="cancellation">Looked at between clips.</param>
    /// <exception cref="UserException">The folder has a plan of other settings, or a feature cannot be steered.</exception>
    public LadderPlan Prepare(LadderEar ear, Action<int, int> progress, CancellationToken cancellation)
    {
        if (File.Exists(PlanPath))
        {
            var kept = JsonFile.Read<LadderPlan>(PlanPath);
            RequireSame(kept);
            return kept;
        }
        var features = Features(ear);
        var plan = new LadderPlan
        {
            Settings = settings,
            SaeHash = sae.Sae.WeightsHash,
            ModelHash = model.WeightsHash,
            DatasetHash = dataset.Hash,
            Frames = Frames,
            Descriptors = SoundDescriptors.All,
            Reference = Reference(ear, progress, cancellation),
            Kept = ear.Kept.Count,
            Features = features,
        };
        AtomicFile.WriteJson(PlanPath, plan);
        return plan;
    }

    /// <summary>The clips that say what music is like.</summary>
    public IReadOnlyList<Clip> ReferenceClips() => EvaluationSubject.Spread(dataset.InSplit(Select), settings.ReferenceClips);

    private LadderReference Reference(LadderEar ear, Action<int, int> progress, CancellationToken cancellation)
    {
        var clips = ReferenceClips();
        var (levels, entropies, clipped) = (new List<float>(), new List<float>(), new List<float>());
        foreach (var batch in clips.Chunk(AtOnce))
        {
            // As long as the ladder's clips: the entropy of codes grows with their number.
            var codes = batch.Select(clip => dataset.Codes(clip).Slice(0, Math.Min(Frames, dataset.MusicFrames(clip, model.Codec.FrameRate)))).ToArray();
            foreach (var heard in TrialJudge.Together(codes.Length, clip => ear.Hear(TrialJudge.Mono(model, codes[clip]), codes[clip].Frames), cancellation))
            {
                levels.Add(heard.Level);
                clipped.Add(heard.Clipped);
            }
            entropies.AddRange(codes.Select(LadderEar.Entropy));
            progress(levels.Count, clips.Count);
        }
        return LadderRules.Reference(levels, entropies, clipped);
    }

    private IReadOnlyList<LadderFeature> Features(LadderEar ear)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var directions = sae.Sae.Directions();
        var units = directions.div(directions.norm(1, keepdim: true).ClampMin(1e-12));
        return [.. settings.Features.Select(feature =>
        {
            if ((uint)feature >= (uint)sae.Index.Count) throw new UserException($"There is no feature {feature}: the SAE has features 0 to {sae.Index.Count - 1}.");
            var statistics = sae.Index[feature];
            if (!(statistics.P99 > 0)) throw new UserException($"Feature {feature} never fired on the indexed clips, so it has no p99 and a strength means nothing. Choose a feature that fires.");
            using var inner = NewDisposeScope();
            var cosines = TensorData.ToArray(units.mm(units.narrow(0, feature, 1).t()).reshape(-1).contiguous());
            return new LadderFeature
            {
                Feature = feature,
                P99 = statistics.P99,
                UnitLength = (double)statistics.P99 * statistics.DecoderNorm,
                Near = [.. ear.Kept.Where(other => other == feature || Math.Abs(cosines[other]) > LadderRules.NearDirection)],
            };
        })];
    }

    private void RequireSame(LadderPlan plan)
    {
        var other = plan.SchemaVersion != LadderPlan.CurrentSchema ? "by another version of this program"
            : Text(plan.Settings) != Text(settings) ? "with other settings"
            : plan.SaeHash != sae.Sae.WeightsHash ? "for another SAE"
            : plan.ModelHash != model.WeightsHash ? "for another model"
            : plan.DatasetHash != dataset.Hash ? "for another dataset"
            : plan.Features.Any(feature => (float)feature.P99 != sae.Index[feature.Feature].P99) ? "for another index of the SAE"
            : null;
        if (other is not null) throw new UserException($"{PlanPath} was made {other}. Continue with what it says, or give another --run-dir.");
    }

    // Records compare lists by reference.
    private static string Text(LadderSettings value) => JsonSerializer.Serialize(value, JsonDefaults.Lines);
}

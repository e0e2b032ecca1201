using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Steering;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Sae.Steering.Ladders;
using SaeDashboard.Worker.Serving;
using SaeDashboard.Worker.Steering.Trials;

namespace SaeDashboard.Worker.Steering.Ladders;

/// <summary>
/// Makes and hears the clips of ladders, several at once. A clip is a line of ladder-clips.jsonl as soon as it was heard; a run that was killed makes the others.
/// What is heard of a clip depends neither on the other clips of its batch nor on when it was made.
/// </summary>
/// <param name="model">The model, owned by the caller.</param>
/// <param name="sae">The SAE, owned by the caller.</param>
/// <param name="plan">The plan.</param>
/// <param name="ear">Hears the clips.</param>
/// <param name="rows">Clips at once.</param>
internal sealed class LadderRun(MusicGenModel model, LoadedSae sae, LadderPlan plan, LadderEar ear, int rows)
{
    private const string FileName = "ladder-clips.jsonl";

    private readonly Generator generator = new(model);
    private readonly HashSet<int> features = [.. plan.Features.Select(feature => feature.Feature)];

    /// <summary>Makes what is missing and gives the ladders, by feature.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="stage">The stage that it reports.</param>
    /// <param name="say">Receives the clips that are made and how many there may be.</param>
    /// <param name="cancellation">Looked at before every column.</param>
    public IReadOnlyList<FeatureLadder> Make(RunFolder run, StageName stage, Action<int, int>? say, CancellationToken cancellation)
    {
        var path = Path.Combine(run.Path, FileName);
        using var writer = new JsonLinesWriter(path);
        var analysis = new LadderAnalysis(plan);
        foreach (var line in JsonLines.Read<LadderLine>(path, tolerateTornEnd: true))
        {
            RequireWhole(path, line);
            analysis.Add(line);
        }
        if (analysis.Count > 0) run.Log(FormattableString.Invariant($"{analysis.Count} clips were made before."));
        var speed = new ProgressEstimator(0, analysis.Count);
        Report();
        for (var keys = analysis.Missing().Take(rows).ToArray(); keys.Length > 0; keys = [.. analysis.Missing().Take(rows)])
        {
            foreach (var line in Heard(keys, cancellation))
            {
                writer.Append(line);
                analysis.Add(line);
            }
            run.RequirePresent();
            writer.Flush();
            speed.Update(analysis.Count);
            Report();
        }
        return [.. plan.Features.Select(analysis.Ladder)];

        void Report()
        {
            // A strength that breaks the music makes the rest of its direction superfluous: the total falls.
            var (done, total) = (analysis.Count, analysis.Total());
            run.Report(stage, RunState.Running, Math.Min(done, total - 1), total, speed.Rate, speed.Rate > 0 ? (total - done) / speed.Rate : null);
            say?.Invoke(done, total);
        }
    }

    private IEnumerable<LadderLine> Heard(LadderKey[] keys, CancellationToken cancellation)
    {
        var made = Generate(keys, cancellation);
        var sounds = TrialJudge.Together(keys.Length, clip =>
        {
            if (made[clip] is not { } codes) return default;
            var mono = TrialJudge.Mono(model, codes);
            var heard = ear.Hear(mono, codes.Frames);
            return (Heard: heard, Coding: keys[clip].Feature < 0 ? ear.Coding(mono, heard, codes.Frames) : []);
        }, cancellation);
        for (var clip = 0; clip < keys.Length; clip++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (made[clip] is not { } codes)
            {
                yield return new LadderLine { Key = keys[clip], Ended = true };
                continue;
            }
            var (active, means) = ear.Read(codes);
            var (heard, coding) = sounds[clip];
            yield return new LadderLine
            {
                Key = keys[clip],
                Values = heard!.Values,
                Spectrum = heard.Spectrum,
                Level = heard.Level,
                Clipped = heard.Clipped,
                Entropy = LadderEar.Entropy(codes),
                Features = active,
                Means = means,
                Coding = coding,
            };
        }
    }

    /// <summary>The codes of each key; null where the model's output was not finite or its residual stream ran away.</summary>
    private CodeGrid?[] Generate(LadderKey[] keys, CancellationToken cancellation)
    {
        var edits = new Dictionary<(int, double), SteeringEdit>();
        try
        {
            var watches = keys.Select(_ => new ArmWatch()).ToArray();
            using var made = generator.Start([.. keys.Select((key, at) => Row(key, edits, watches[at]))], plan.Frames);
            while (!made.IsDone)
            {
                cancellation.ThrowIfCancellationRequested();
                made.Advance();
            }
            return [.. keys.Select((_, at) => watches[at].Column is null && made.EndedAt(at) is null ? made.Codes[at] : null)];
        }
        finally
        {
            foreach (var edit in edits.Values) edit.Dispose();
        }
    }

    private GenerationRow Row(LadderKey key, Dictionary<(int, double), SteeringEdit> edits, ArmWatch watch)
    {
        var settings = plan.Settings;
        ArmHook? hook = null;
        if (key.Feature >= 0)
        {
            if (!edits.TryGetValue((key.Feature, key.Strength), out var edit)) edits.Add((key.Feature, key.Strength), edit = new SteeringEdit(sae.Sae, sae.Index, [new Steer(key.Feature, key.Strength)]));
            hook = new ArmHook(sae.Site, sae.Sae, edit, SteerRows.Both, settings.Guidance > 1, watch, null, []);
        }
        return new GenerationRow { Prompt = settings.Prompts[key.Prompt], Seed = (ulong)key.Seed, Sampling = new SamplingSettings(Guidance: settings.Guidance), Hooks = hook is null ? [] : [hook], EndsAlone = true };
    }

    private void RequireWhole(string path, LadderLine line)
    {
        var known = line.Key.Feature < 0 || features.Contains(line.Key.Feature);
        if (!known || line.Features.Count != line.Means.Count || (!line.Ended && (line.Values.Count != plan.Descriptors.Count || line.Spectrum.Count == 0)))
            throw new UserException($"{path}: the line of {line.Key} does not fit the plan. Delete the folder, or give another --run-dir.");
    }
}

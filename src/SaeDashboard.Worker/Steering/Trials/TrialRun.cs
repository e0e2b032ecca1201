using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Steering;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Sae.Steering.Trials;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Steering.Trials;

/// <summary>
/// Makes and hears the clips of a plan, several at once. A clip is a line of trials.jsonl as soon as it was heard; a run that was killed makes the others. What
/// is heard of a clip depends neither on the clips beside it nor on when it was made.
/// </summary>
/// <param name="model">The model, owned by the caller.</param>
/// <param name="sae">The SAE, owned by the caller.</param>
/// <param name="plan">The plan.</param>
/// <param name="diffMeans">The DiffMean directions <c>[features, width]</c>.</param>
/// <param name="judge">Hears the clips.</param>
/// <param name="clap">CLAP as a judge; null: none.</param>
/// <param name="rows">Clips at once.</param>
internal sealed class TrialRun(MusicGenModel model, LoadedSae sae, TrialPlan plan, float[] diffMeans, TrialJudge judge, ClapJudge? clap, int rows)
{
    private const string FileName = "trials.jsonl";

    private readonly Generator generator = new(model);
    private readonly Dictionary<int, int> places = plan.Features.Index().ToDictionary(pair => pair.Item.Feature, pair => pair.Index);

    /// <summary>Makes what is missing and gives the table.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="progress">Reports the progress.</param>
    /// <param name="cancellation">Looked at before every column.</param>
    public SteeringTable Make(RunFolder run, ConsoleProgress progress, CancellationToken cancellation)
    {
        var path = Path.Combine(run.Path, FileName);
        using var writer = new JsonLinesWriter(path);
        var analysis = new TrialAnalysis(plan);
        var done = 0;
        foreach (var line in JsonLines.Read<TrialLine>(path, tolerateTornEnd: true))
        {
            RequireWhole(path, line);
            analysis.Add(line);
            done++;
        }
        if (done > 0) run.Log(FormattableString.Invariant($"{done} clips were made before."));
        var total = TrialKeys.Count(plan);
        var speed = new ProgressEstimator(total, done);
        MakeAll(TrialKeys.Unsteered(plan.Settings).Concat(plan.Features.SelectMany(feature => TrialKeys.Choosing(plan.Settings, feature))));
        MakeAll(plan.Features.SelectMany(feature => TrialKeys.Reported(plan.Settings, feature, analysis.Choose(feature))));
        run.Report(StageName.Evaluate, RunState.Running, total, total, speed.Rate, 0);
        return analysis.Table();

        void MakeAll(IEnumerable<TrialKey> keys)
        {
            foreach (var batch in keys.Where(key => !analysis.Has(key)).Distinct().Chunk(rows))
            {
                foreach (var line in Heard(batch, cancellation))
                {
                    writer.Append(line);
                    analysis.Add(line);
                    speed.Update(++done);
                    progress.Report("Steering", done, total, "clips");
                }
                run.RequirePresent();
                writer.Flush();
                run.Report(StageName.Evaluate, RunState.Running, Math.Min(done, total - 1), total, speed.Rate, speed.EtaSeconds);
            }
        }
    }

    private IEnumerable<TrialLine> Heard(TrialKey[] keys, CancellationToken cancellation)
    {
        var made = Generate(keys, cancellation);
        var sounds = TrialJudge.Together(keys.Length, clip =>
        {
            if (made[clip] is not { } codes) return default;
            var mono = TrialJudge.Mono(model, codes);
            return (Mono: mono, Values: judge.Hear(mono, codes.Frames)(0, codes.Frames));
        }, cancellation);
        for (var clip = 0; clip < keys.Length; clip++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (key, features) = (keys[clip], keys[clip].Feature < 0 ? plan.Features : [plan.Features[places[keys[clip].Feature]]]);
            yield return made[clip] is not { } codes ? new TrialLine { Key = key, Broken = true }
                : new TrialLine { Key = key, Values = sounds[clip].Values, Reads = judge.Reads(codes, features), Clap = clap?.Cosines(sounds[clip].Mono, features) ?? [] };
        }
    }

    /// <summary>The codes of each key; null where the model's output was not finite.</summary>
    private CodeGrid?[] Generate(TrialKey[] keys, CancellationToken cancellation)
    {
        using var edits = new TrialEdits(sae, plan, places, diffMeans);
        try
        {
            return [.. generator.Generate([.. keys.Select(key => Row(key, edits))], plan.Frames, cancellationToken: cancellation).Codes];
        }
        catch (UserException) when (keys.Length > 1)
        {
            // One row that breaks the model ends the whole batch: each alone shows which.
            return [.. keys.SelectMany(key => Generate([key], cancellation))];
        }
        catch (UserException) when (keys[0].Feature >= 0)
        {
            return [null];
        }
    }

    private GenerationRow Row(TrialKey key, TrialEdits edits)
    {
        var settings = plan.Settings;
        var hook = edits.Of(key) is { } edit ? new SteeringHook(sae.Site, edit, SteerRows.Both, settings.Guidance > 1) : null;
        return new GenerationRow { Prompt = settings.Prompts[key.Prompt], Seed = (ulong)key.Seed, Sampling = new SamplingSettings(Guidance: settings.Guidance), Hooks = hook is null ? [] : [hook] };
    }

    private void RequireWhole(string path, TrialLine line)
    {
        var known = line.Key.Feature < 0 || places.ContainsKey(line.Key.Feature);
        var features = line.Key.Feature < 0 ? plan.Features.Count : 1;
        if (!known || (!line.Broken && (line.Values.Count != plan.Judges.Count || line.Reads.Count != 2 * features || line.Clap.Count != (clap is null ? 0 : features))))
            throw new UserException($"{path}: the line of {line.Key} does not fit plan.json. Delete the folder, or give another --run-dir.");
    }
}

/// <summary>The edits of a batch: one for each direction and length.</summary>
/// <param name="sae">The SAE, owned by the caller.</param>
/// <param name="plan">The plan.</param>
/// <param name="places">Each feature's place in it.</param>
/// <param name="diffMeans">The DiffMean directions <c>[features, width]</c>.</param>
internal sealed class TrialEdits(LoadedSae sae, TrialPlan plan, IReadOnlyDictionary<int, int> places, float[] diffMeans) : IDisposable
{
    private readonly Dictionary<(TrialArm, int Feature, double Strength, ulong Seed), IResidualEdit> edits = [];
    private readonly List<IDisposable> owned = [];

    /// <summary>The edit of a clip; null: the baseline has none.</summary>
    public IResidualEdit? Of(TrialKey key)
    {
        if (key.Arm == TrialArm.Baseline) return null;
        var seed = key.Arm is TrialArm.Random or TrialArm.FixedRandom ? SeedOf(key) : 0;
        if (edits.TryGetValue((key.Arm, key.Feature, key.Strength, seed), out var known)) return known;
        return edits[(key.Arm, key.Feature, key.Strength, seed)] = Create(key, seed);
    }

    public void Dispose()
    {
        foreach (var edit in owned) edit.Dispose();
    }

    private IResidualEdit Create(TrialKey key, ulong seed)
    {
        var steered = key.Arm == TrialArm.Reconstruction ? new SteeringEdit(sae.Sae, sae.Index, [], keepError: false) : new SteeringEdit(sae.Sae, sae.Index, [new Steer(key.Feature, key.Strength)]);
        owned.Add(steered);
        if (key.Arm is TrialArm.Reconstruction or TrialArm.Steered) return steered;
        var feature = plan.Features[places[key.Feature]];
        var width = sae.Sae.Config.DIn;
        float[] direction;
        if (key.Arm == TrialArm.DiffMean) direction = diffMeans.AsSpan(places[key.Feature] * width, width).ToArray();
        else if (key.Arm == TrialArm.OtherRow)
        {
            using var row = sae.Sae.Direction(feature.OtherRow);
            direction = SaeDashboard.Torch.Extensions.TensorData.ToArray(row.contiguous());
        }
        else direction = RandomDirection.Create(seed, width, 1);
        return new MatchedEdit(steered, direction);
    }

    /// <summary>The matched random direction is another one for every prompt and seed, the same at every strength; the fixed one is the feature's.</summary>
    private ulong SeedOf(TrialKey key)
    {
        var feature = plan.Settings.Seed * 1_000_003 + (ulong)key.Feature;
        return key.Arm == TrialArm.FixedRandom ? feature * 1_000_003 : feature * 1_000_003 + 1 + (ulong)(key.Prompt * 4096 + key.Seed);
    }
}

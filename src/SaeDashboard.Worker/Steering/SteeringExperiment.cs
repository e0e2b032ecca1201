using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Worker.Serving;
using static TorchSharp.torch;
using Generator = SaeDashboard.MusicGen.Generation.Generator;

namespace SaeDashboard.Worker.Steering;

/// <summary>
/// Generates every seed three times in one batch, sharing its noise: unsteered, steered, and with a random direction of the same norm at every column. The
/// arms are those of a take, so envelopes, conditions and moves act as they do there.
/// What a feature does is read from the finished codes in a fresh, unsteered, unconditional pass: the steered pass would only show what was put in.
/// </summary>
internal sealed class SteeringExperiment(MusicGenModel model, SteeringSession session, LoadedSae sae, int seeds, CancellationToken cancellation)
{
    /// <summary>In the order of a trial's rows. The control follows moves: it has the steered change's norm at every column.</summary>
    private static readonly string[] Arms = [TakeArms.Baseline, TakeArms.Steered, TakeArms.Random];

    private readonly TeacherForcing forcing = new(model);

    /// <summary>One measurement for each feature the trial turns.</summary>
    /// <exception cref="UserException">A setting does not fit the model or the SAE, or steering breaks the model.</exception>
    public IReadOnlyList<SteeringMeasurement> Measure(SteeringTrial trial)
    {
        var settings = TakePlan.Resolve(trial.Settings with { Arms = Arms, Controls = new TakeControls { FollowMoves = true } }, session.Load);
        // A preset holds what it continues or follows: no file is read.
        settings = TakeSounds.Resolve(settings, model, path => throw new UserException($"{trial.Name} names the file {path}, which is not read."));
        var codes = Make(trial.Name, settings);
        var features = settings.Steers.Select(steer => steer.Feature).Distinct().ToArray();
        var sums = codes.Select(take => Sums(take, features)).ToArray();
        return features.Select((feature, place) =>
        {
            double[] Arm(int arm) => Enumerable.Range(0, seeds).Select(seed => sums[seed * Arms.Length + arm][place]).ToArray();
            return new SteeringMeasurement(
                trial.Name, feature, settings.Steers.First(steer => steer.Feature == feature).Strength,
                SteeringScore.Compare(Arm(0), Arm(1)), SteeringScore.Compare(Arm(0), Arm(2)));
        }).ToArray();
    }

    /// <summary>The codes of all arms, seed by seed.</summary>
    private IReadOnlyList<CodeGrid> Make(string name, TakeSettings settings)
    {
        // A plan for every seed: what a condition has read belongs to one row.
        var plans = new List<TakePlan>();
        try
        {
            for (var seed = 0; seed < seeds; seed++) plans.Add(TakePlan.Make(settings with { Seed = (ulong)seed }, model, session.Load));
            var arms = plans.SelectMany(plan => plan.Arms).ToArray();
            using var run = new Generator(model).Start([.. arms.Select(arm => arm.Row)], settings.Frames, TakePlan.Windows(settings, model));
            while (!run.IsDone)
            {
                cancellation.ThrowIfCancellationRequested();
                run.Advance();
                foreach (var (row, arm) in arms.Index())
                {
                    if ((run.EndedAt(row) ?? arm.Watch.Column) is { } column)
                        throw new UserException($"{name}: at seed {row / Arms.Length} the arm {arm.Letter} ({TakeArms.Word(arm.Letter)}) ended at column {column}: steering this strong breaks the model. Lower the strength.");
                }
            }
            return run.Codes;
        }
        finally
        {
            foreach (var plan in plans) plan.Dispose();
        }
    }

    private double[] Sums(CodeGrid codes, int[] features)
    {
        using var scope = NewDisposeScope();
        var heard = forcing.At([codes], [sae.Site])[sae.Site];
        return SteeringScore.SummedActivations(sae.Sae, heard.select(0, 0), features);
    }
}

/// <summary>One steering to be measured over seeds.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Settings">Its settings; the seed and the arms are the experiment's.</param>
internal sealed record SteeringTrial(string Name, TakeSettings Settings);

/// <summary>What one feature of a trial did: the steered arm and the random control, each against the unsteered arm.</summary>
internal sealed record SteeringMeasurement(string Trial, int Feature, double Strength, SteeringComparison Steered, SteeringComparison Random);

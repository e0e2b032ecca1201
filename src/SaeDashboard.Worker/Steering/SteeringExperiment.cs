using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Sae.Steering;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Steering;

/// <summary>
/// Generates every seed three times in one batch, sharing its noise: unsteered, steered, and with a random direction of the same norm.
/// What a feature does is read from the finished codes in a fresh, unsteered, unconditional pass: the steered pass would only show what was put in.
/// </summary>
internal sealed class SteeringExperiment(MusicGenModel model, SteeringSession session, LoadedSae sae, int seeds, CancellationToken cancellation)
{
    /// <summary>Any fixed number: the control is the same direction for every trial and seed.</summary>
    private const ulong ControlSeed = 20_250_518;

    private readonly MusicGen.Generation.Generator generator = new(model);
    private readonly TeacherForcing forcing = new(model);

    /// <summary>One measurement for each feature the trial turns.</summary>
    public IReadOnlyList<SteeringMeasurement> Measure(SteeringTrial trial)
    {
        var guided = trial.Prompt is not null && trial.Sampling.Guidance > 1;
        var steered = session.Hook(sae, trial.Steers, trial.Rows, guided);
        var random = session.Hook(sae, trial.Steers, trial.Rows, guided, ControlSeed);
        IReadOnlyList<IHook>[] arms = [[], [steered], [random]];
        var rows = new List<GenerationRow>();
        foreach (var hooks in arms)
        {
            for (var seed = 0; seed < seeds; seed++)
                rows.Add(new GenerationRow { Prompt = trial.Prompt, Seed = (ulong)seed, Sampling = trial.Sampling, Hooks = hooks });
        }
        var codes = generator.Generate(rows, trial.Frames, cancellationToken: cancellation).Codes;
        var features = trial.Steers.Select(steer => steer.Feature).Distinct().ToArray();
        var sums = codes.Select(take => Sums(take, features)).ToArray();
        return features.Select((feature, place) =>
        {
            double[] Arm(int arm) => Enumerable.Range(arm * seeds, seeds).Select(row => sums[row][place]).ToArray();
            return new SteeringMeasurement(
                trial.Name, feature, trial.Steers.First(steer => steer.Feature == feature).Strength,
                SteeringScore.Compare(Arm(0), Arm(1)), SteeringScore.Compare(Arm(0), Arm(2)));
        }).ToArray();
    }

    private double[] Sums(CodeGrid codes, int[] features)
    {
        using var scope = NewDisposeScope();
        var heard = forcing.At([codes], [sae.Site])[sae.Site];
        return SteeringScore.SummedActivations(sae.Sae, heard.select(0, 0), features);
    }
}

/// <summary>One steering to be measured over seeds.</summary>
internal sealed record SteeringTrial(string Name, string? Prompt, int Frames, SamplingSettings Sampling, IReadOnlyList<Steer> Steers, SteerRows Rows);

/// <summary>What one feature of a trial did: the steered arm and the random control, each against the unsteered arm.</summary>
internal sealed record SteeringMeasurement(string Trial, int Feature, double Strength, SteeringComparison Steered, SteeringComparison Random);

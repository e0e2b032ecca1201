using SaeDashboard.Core;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Worker.Steering;

namespace SaeDashboard.Worker.Serving;

/// <summary>A take's settings as the engine understands them: rows of one batch, one an arm, with the steered one's hook.</summary>
internal sealed class TakePlan : IDisposable
{
    private const int MostSteers = 64;
    private const double MostStrength = 1000;

    // Beyond the model's window a take is made window by window: what one waits for and what others wait behind is bounded.
    private const double MostSeconds = 120;

    private readonly SteeringEdit? edit;

    private TakePlan(IReadOnlyList<GenerationRow> rows, SteeringEdit? edit) => (Rows, this.edit) = (rows, edit);

    /// <summary>In the order of the settings' arms. All share the noise.</summary>
    public IReadOnlyList<GenerationRow> Rows { get; }

    /// <summary>Times the steering has run.</summary>
    public long HookCalls => edit?.Calls ?? 0;

    /// <summary>Refuses what can be refused without a model.</summary>
    /// <exception cref="UserException">A setting makes no sense.</exception>
    public static void Check(TakeSettings settings)
    {
        string[] known = [TakeArms.Baseline, TakeArms.Steered];
        if (settings.Arms.Count == 0 || settings.Arms.Except(known).Any() || settings.Arms.Distinct().Count() != settings.Arms.Count)
            throw new UserException($"The arms are “{string.Join(", ", settings.Arms)}”: choose A (baseline), C (steered), or both.");
        if (settings.Frames < 1) throw new UserException($"{settings.Frames} frames cannot be made: ask for at least one.");
        if (settings.Piece < 0) throw new UserException($"Piece {settings.Piece} of a batch: they are counted from 0.");
        if (settings.Steers.Count > MostSteers) throw new UserException($"{settings.Steers.Count} features are turned; at most {MostSteers} can be.");
        if (settings.Steers.Count > 0 && settings.SaePath is null) throw new UserException("Features are turned, but no SAE is named.");
        foreach (var steer in settings.Steers)
        {
            if (!(Math.Abs(steer.Strength) <= MostStrength))
                throw new UserException($"Feature {steer.Feature} has the strength {steer.Strength}: it must be from −{MostStrength} to {MostStrength} (multiples of its p99; −6 to 6 is usual).");
            Mode(steer);
        }
        Sampling(settings).Validate();
        WhichHalf(settings);
    }

    /// <exception cref="UserException">The piece is too long for the model, or the SAE does not fit it.</exception>
    public static TakePlan Make(TakeSettings settings, MusicGenModel model, LoadedSae? sae)
    {
        Check(settings);
        var longest = LongestFrames(model);
        if (settings.Frames > longest)
            throw new UserException(FormattableString.Invariant($"{settings.Frames / model.Codec.FrameRate:F2} s are longer than a take can be ({longest / model.Codec.FrameRate:F2} s): ask for less."));
        if (sae is not null) SaeFit.Require(sae.Folder, sae.Sae, model);
        var guided = settings.Prompt is not null && settings.Guidance > 1;
        var edit = sae is not null && settings.Arms.Contains(TakeArms.Steered) ? Edit(settings, sae) : null;
        if (edit is not null) WhichHalf(settings).RequireSteered(guided);
        IHook[] hooks = edit is null ? [] : [new SteeringHook(sae!.Site, edit, WhichHalf(settings), guided)];
        var rows = settings.Arms.Select(arm => new GenerationRow
        {
            Prompt = settings.Prompt,
            Seed = settings.Seed,
            Sample = settings.Piece,
            Sampling = Sampling(settings),
            Hooks = arm == TakeArms.Steered ? hooks : [],
        });
        return new TakePlan([.. rows], edit);
    }

    /// <summary>The longest take, frames: two minutes, or one window of a model that has a longer one.</summary>
    public static int LongestFrames(MusicGenModel model) =>
        Math.Max(WindowSettings.Of(model.Config).LongestFrames, (int)Math.Round(MostSeconds * model.Codec.FrameRate));

    /// <summary>The windows of a take.</summary>
    /// <exception cref="UserException">Its stride does not fit the model.</exception>
    public static WindowSettings Windows(TakeSettings settings, MusicGenModel model)
    {
        var windows = settings is { Window: null, Stride: null } ? WindowSettings.Of(model.Config) : WindowSettings.Of(model.Config, settings.Window, settings.Stride);
        if (settings.Frames > windows.LongestFrames) windows.Validate();
        return windows;
    }

    public void Dispose() => edit?.Dispose();

    private static SteeringEdit Edit(TakeSettings settings, LoadedSae sae)
    {
        // The p99 at the time when the strength was chosen: a rebuilt index must not change an old take.
        var units = settings.Steers.GroupBy(steer => steer.Feature).ToDictionary(group => group.Key, group => group.First().P99);
        double Unit(int feature) => units[feature] > 0 ? units[feature] : sae.Index[feature].P99;
        return new SteeringEdit(sae.Sae, Unit, [.. settings.Steers.Select(steer => new Steer(steer.Feature, steer.Strength, Mode(steer)))]);
    }

    private static SamplingSettings Sampling(TakeSettings settings) => new(settings.Guidance, settings.Temperature, settings.TopK, settings.TopP, settings.Greedy);

    private static SteerMode Mode(TakeSteer steer) => PresetSteering.Parse<SteerMode>(steer.Mode, $"feature {steer.Feature}", "mode");

    private static SteerRows WhichHalf(TakeSettings settings) => PresetSteering.Parse<SteerRows>(settings.Rows, "the take", "rows");
}

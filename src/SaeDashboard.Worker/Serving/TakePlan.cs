using SaeDashboard.Core;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Worker.Saes;
using SaeDashboard.Worker.Steering;

namespace SaeDashboard.Worker.Serving;

/// <summary>A take's settings as the engine understands them: rows of one batch, one an arm, with their hooks. Tensor thread only.</summary>
internal sealed class TakePlan : IDisposable
{
    // Beyond the model's window a take is made window by window: what one waits for and what others wait behind is bounded.
    private const double MaxSeconds = 120;

    private TakePlan(IReadOnlyList<PlannedArm> arms) => Arms = arms;

    /// <summary>In the order of the settings' arms.</summary>
    public IReadOnlyList<PlannedArm> Arms { get; }

    /// <summary>The arms' rows. All share the noise.</summary>
    public IReadOnlyList<GenerationRow> Rows => [.. Arms.Select(arm => arm.Row)];

    /// <summary>Times the steering has run.</summary>
    public long HookCalls => Arms.Sum(arm => arm.HookCalls);

    /// <summary>Refuses what can be refused without a model.</summary>
    /// <exception cref="UserException">A setting makes no sense.</exception>
    public static void Check(TakeSettings settings)
    {
        if (TakeRules.Problem(settings) is { } problem) throw new UserException(problem);
        foreach (var steer in settings.Steers) ArmBuilder.Mode(steer);
        ArmBuilder.Sampling(settings).Validate();
        ArmBuilder.WhichHalf(settings);
    }

    /// <summary>The folders of all SAEs that a take uses, the steering ones first.</summary>
    public static IReadOnlyList<string> SaePaths(TakeSettings settings) =>
    [
        .. settings.Steers.Select(steer => steer.SaePath ?? settings.SaePath).Append(settings.SaePath)
            .Concat(settings.Steers.Select(steer => steer.Condition?.Sae)).OfType<string>().Distinct(),
    ];

    /// <summary>Settings in which nothing is left to an index: units of strength and the controls' features.</summary>
    /// <param name="settings">As they were asked for.</param>
    /// <param name="sae">The SAE in a folder that they name.</param>
    /// <exception cref="UserException">A feature does not exist or never fires.</exception>
    public static TakeSettings Resolve(TakeSettings settings, Func<string, LoadedSae> sae)
    {
        double Unit(double given, string path, int feature)
        {
            var index = sae(path).Index;
            return given > 0 || feature < 0 || feature >= index.Count ? given : index[feature].P99;
        }
        var steers = settings.Steers.Select(steer =>
        {
            var path = steer.SaePath ?? settings.SaePath!;
            var condition = steer.Condition is { } when ? when with { P99 = Unit(when.P99, when.Sae ?? path, when.Feature) } : null;
            return steer with { P99 = Unit(steer.P99, path, steer.Feature), Condition = condition };
        });
        var controls = settings.Controls;
        if (settings.Arms.Any(TakeArms.Matched.Contains))
        {
            controls ??= new TakeControls();
            controls = controls with { Seed = controls.Seed ?? ArmBuilder.DefaultSeed };
            if (settings.Arms.Contains(TakeArms.Other))
            {
                controls = controls with
                {
                    Features = controls.Features ?? [.. ArmBuilder.Groups(settings).Select(group =>
                        MatchedEdit.ChooseFeature(sae(group.Path).Index, [.. group.Strips.Select(strip => strip.Steer.Feature)], controls.Seed.Value))],
                };
            }
        }
        return settings with { Steers = [.. steers], Controls = controls };
    }

    /// <summary>Makes the arms.</summary>
    /// <param name="settings">As <see cref="Resolve"/> and <see cref="TakeSounds.Resolve"/> give them.</param>
    /// <param name="model">The model.</param>
    /// <param name="sae">The SAE in a folder that they name.</param>
    /// <exception cref="UserException">The piece is too long for the model, or an SAE does not fit it.</exception>
    public static TakePlan Make(TakeSettings settings, MusicGenModel model, Func<string, LoadedSae> sae)
    {
        Check(settings);
        var longest = LongestFrames(model);
        if (settings.Frames > longest)
            throw new UserException(FormattableString.Invariant($"{settings.Frames / model.Codec.FrameRate:F2} s are longer than a take can be ({longest / model.Codec.FrameRate:F2} s): ask for less."));
        foreach (var path in SaePaths(settings)) SaeCompatibility.Require(sae(path).Folder, sae(path).Sae, model);
        var builder = new ArmBuilder(settings, sae, TakeSounds.Continued(settings), TakeSounds.Melody(settings));
        var arms = new List<PlannedArm>();
        try
        {
            foreach (var arm in settings.Arms) arms.Add(builder.Make(arm));
            return new TakePlan(arms);
        }
        catch
        {
            foreach (var arm in arms) arm.Dispose();
            throw;
        }
    }

    /// <summary>The longest take, frames: two minutes, or one window of a model that has a longer one.</summary>
    public static int LongestFrames(MusicGenModel model) =>
        Math.Max(WindowSettings.Of(model.Config).LongestFrames, (int)Math.Round(MaxSeconds * model.Codec.FrameRate));

    /// <summary>The windows of a take.</summary>
    /// <exception cref="UserException">Its stride does not fit the model.</exception>
    public static WindowSettings Windows(TakeSettings settings, MusicGenModel model)
    {
        var windows = settings is { Window: null, Stride: null } ? WindowSettings.Of(model.Config) : WindowSettings.Of(model.Config, settings.Window, settings.Stride);
        if (settings.Frames > windows.LongestFrames) windows.Validate();
        return windows;
    }

    public void Dispose()
    {
        foreach (var arm in Arms) arm.Dispose();
    }
}

/// <summary>One arm of a take: its row, and what may change or be read while it is generated.</summary>
internal sealed class PlannedArm(string letter, GenerationRow row, bool isMoved, ArmWatch watch, ArmTrace? trace, IReadOnlyList<KnobTrack> knobs, IReadOnlyList<IDisposable> owned) : IDisposable
{
    public string Letter => letter;

    public GenerationRow Row => row;

    /// <summary>Whether turned knobs change it.</summary>
    public bool IsMoved => isMoved;

    public ArmWatch Watch => watch;

    /// <summary>Null: none is kept.</summary>
    public ArmTrace? Trace => trace;

    public long HookCalls => row.Hooks.OfType<ArmHook>().Sum(hook => hook.Calls);

    /// <summary>Gives the arm all moves of the take.</summary>
    public void Turn(IReadOnlyList<KnobMove> moves)
    {
        if (!isMoved) return;
        foreach (var knob in knobs) knob.Moves = moves;
    }

    public void Dispose()
    {
        foreach (var each in owned) each.Dispose();
    }
}

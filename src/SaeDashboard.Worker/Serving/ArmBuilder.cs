using System.Runtime.InteropServices;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Melody;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.Steering;

namespace SaeDashboard.Worker.Serving;

/// <summary>Makes the arms of a take.</summary>
/// <param name="settings">Resolved and checked.</param>
/// <param name="sae">The SAE in a folder that they name.</param>
/// <param name="continued">The codes that every arm begins with; null: none.</param>
/// <param name="melody">The melody that every arm follows; null: none.</param>
internal sealed class ArmBuilder(TakeSettings settings, Func<string, LoadedSae> sae, CodeGrid? continued = null, MelodyChroma? melody = null)
{
    /// <summary>Any fixed number.</summary>
    public const ulong DefaultSeed = 20_250_518;

    private readonly bool guided = (settings.Prompt is not null || settings.Melody is not null) && settings.Guidance > 1;

    /// <summary>The steering SAEs in the order of their first steers, with their strips; without steers the take's SAE alone.</summary>
    public static IReadOnlyList<SteeredSae> Groups(TakeSettings settings)
    {
        if (settings.Steers.Count == 0) return settings.SaePath is { } only ? [new SteeredSae(only, [])] : [];
        return [.. settings.Steers.Select((steer, strip) => (Path: steer.SaePath ?? settings.SaePath!, strip, steer))
            .GroupBy(each => each.Path).Select(group => new SteeredSae(group.Key, [.. group.Select(each => (each.strip, each.steer))]))];
    }

    /// <exception cref="UserException">A word is not a mode.</exception>
    public static SteerMode Mode(TakeSteer steer) => PresetSteering.Parse<SteerMode>(steer.Mode, $"feature {steer.Feature}", "mode");

    /// <exception cref="UserException">A word is not a choice of rows.</exception>
    public static SteerRows WhichHalf(TakeSettings settings) => PresetSteering.Parse<SteerRows>(settings.Rows, "the take", "rows");

    public static SamplingSettings Sampling(TakeSettings settings) => new(settings.Guidance, settings.Temperature, settings.TopK, settings.TopP, settings.Greedy);

    /// <exception cref="UserException">A feature does not exist, a condition comes too late, a control's direction does not fit.</exception>
    public PlannedArm Make(string letter)
    {
        var moved = TakeArms.IsMoved(letter, settings);
        var (watch, knobs, owned, hooks) = (new ArmWatch(), new List<KnobTrack>(), new List<IDisposable>(), new List<IHook>());
        var trace = TakeArms.Moved.Contains(letter) && settings.Steers.Count > 0 ? new ArmTrace(settings.Steers.Count) : null;
        try
        {
            if (letter != TakeArms.Baseline)
            {
                var groups = Groups(settings);
                if (groups.Count > 0) WhichHalf(settings).RequireSteered(guided);
                var gates = letter == TakeArms.Reconstruction ? [] : Gates(hooks);
                foreach (var (place, group) in groups.Index())
                {
                    var loaded = sae(group.Path);
                    var edit = Edit(letter, place, group, loaded, groups.Count, gates, knobs, moved, owned);
                    hooks.Add(new ArmHook(loaded.Site, loaded.Sae, edit, WhichHalf(settings), guided, watch, trace, [.. group.Strips.Select(each => (each.Strip, each.Steer.Feature))]));
                }
            }
            var row = new GenerationRow
            {
                Prompt = settings.Prompt,
                Seed = settings.Seed,
                Sample = settings.Piece,
                Sampling = Sampling(settings),
                Continue = continued,
                Melody = melody,
                Hooks = hooks,
                EndsAlone = letter != TakeArms.Baseline,
            };
            var arm = new PlannedArm(letter, row, moved, watch, trace, knobs, owned);
            arm.Turn(settings.Moves ?? []);
            return arm;
        }
        catch
        {
            foreach (var each in owned) each.Dispose();
            throw;
        }
    }

    private IResidualEdit Edit(
        string letter, int place, SteeredSae group, LoadedSae loaded, int groups, IReadOnlyDictionary<int, ConditionGate> gates, List<KnobTrack> knobs, bool moved, List<IDisposable> owned)
    {
        if (letter == TakeArms.Reconstruction)
        {
            var plain = new SteeringEdit(loaded.Sae, loaded.Index, [], keepError: false);
            owned.Add(plain);
            return plain;
        }
        var sign = letter == TakeArms.Reversed ? -1 : 1;
        var steers = new List<Steer>();
        foreach (var (strip, steer) in group.Strips)
        {
            var knob = new KnobTrack(strip, steer.Strength, steer.Muted, sign);
            if (moved) knobs.Add(knob);
            steers.Add(new Steer(steer.Feature, sign * steer.Strength, Mode(steer), new SteerRange(steer.Onset)) { Envelope = steer.Envelope, Knob = knob, Gate = gates.GetValueOrDefault(strip) });
        }
        // The p99 at the time when the strength was chosen: a rebuilt index must not change an old take.
        var units = group.Strips.GroupBy(each => each.Steer.Feature).ToDictionary(same => same.Key, same => same.First().Steer.P99);
        var edit = new SteeringEdit(loaded.Sae, feature => units[feature], steers);
        owned.Add(edit);
        return TakeArms.Matched.Contains(letter) ? new MatchedEdit(edit, Direction(letter, place, loaded, groups)) : edit;
    }

    /// <summary>The gates of the strips that have a condition; the hooks that read them are added.</summary>
    private Dictionary<int, ConditionGate> Gates(List<IHook> hooks)
    {
        var (byStrip, bySae) = (new Dictionary<int, ConditionGate>(), new Dictionary<string, List<ConditionGate>>());
        foreach (var (strip, steer) in settings.Steers.Index())
        {
            if (steer.Condition is not { } when) continue;
            var steering = sae(steer.SaePath ?? settings.SaePath!);
            var path = when.Sae ?? steer.SaePath ?? settings.SaePath!;
            var reading = sae(path);
            if (Order(reading.Site) > Order(steering.Site))
                throw new UserException($"Strip {strip} acts at {steering.Site} when feature {when.Feature} of {path} is active, which is computed later, at {reading.Site}: choose a feature of the same or an earlier layer.");
            if (when.Feature >= reading.Sae.Config.DSae)
                throw new UserException($"Strip {strip} depends on feature {when.Feature}, which does not exist: {path} has features 0 to {reading.Sae.Config.DSae - 1}.");
            if (!(when.P99 > 0)) throw new UserException($"Strip {strip} depends on feature {when.Feature}, which never fired on the held-out clips: it has no p99, so a threshold means nothing. Choose a feature that fires.");
            var gate = new ConditionGate(when.Feature, when.Threshold * when.P99);
            byStrip.Add(strip, gate);
            if (!bySae.TryGetValue(path, out var mine)) bySae.Add(path, mine = []);
            mine.Add(gate);
        }
        foreach (var (path, gates) in bySae) hooks.Add(new GateHook(sae(path).Site, sae(path).Sae, gates));
        return byStrip;
    }

    private ReadOnlySpan<float> Direction(string letter, int place, LoadedSae loaded, int groups)
    {
        var width = loaded.Sae.Config.DIn;
        if (letter == TakeArms.Random) return RandomDirection.Create(settings.Controls!.Seed!.Value + (ulong)place, width, 1);
        if (letter == TakeArms.Other)
        {
            var features = settings.Controls!.Features!;
            if (features.Count != groups) throw new UserException($"The control “other feature” names {features.Count} features, but {groups} SAEs steer: name one for each, or none.");
            if (features[place] >= loaded.Sae.Config.DSae) throw new UserException($"The control's feature {features[place]} does not exist: {loaded.Folder} has features 0 to {loaded.Sae.Config.DSae - 1}.");
            using var row = loaded.Sae.Direction(features[place]);
            return TensorData.ToArray(row);
        }
        var direction = settings.Controls!.DiffMean!;
        if (groups > 1) throw new UserException("The control “difference of means” is one direction of one layer, but several SAEs steer: leave that arm out, or steer with one SAE.");
        if (direction.Hook != loaded.Site.ToString()) throw new UserException($"The difference of means was measured at {direction.Hook}, but the SAE steers at {loaded.Site}: measure it there (direction).");
        var values = MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(direction.Values));
        return values.Length == width ? values : throw new UserException($"The difference of means has {values.Length} numbers, but the model's residual stream is {width} wide: it belongs to another model.");
    }

    /// <summary>Where a point comes in a forward pass.</summary>
    private static int Order(HookSite site) => site == HookSite.Embed ? -1 : site == HookSite.FinalNorm ? int.MaxValue
        : site.Layer * HookSite.LayerPoints.Count + HookSite.LayerPoints.ToList().IndexOf(site.Point);
}

/// <summary>An SAE that steers, with its strips and their numbers in the take.</summary>
internal sealed record SteeredSae(string Path, IReadOnlyList<(int Strip, TakeSteer Steer)> Strips);

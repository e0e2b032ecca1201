using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Studio;

/// <summary>Differences of means that runs have measured, for the Studio's control. Any thread.</summary>
public sealed class MeasuredDirections(IRunRegistry registry, DataRoot root)
{
    // Wider than any model's residual stream.
    internal const long MostBytes = 512 * 1024;

    /// <summary>The runs that measured one at a point of a model, the newest first. From memory.</summary>
    /// <param name="model">The model's folder.</param>
    /// <param name="hook">The point, by any of its names.</param>
    public IReadOnlyList<RunView> At(string model, string hook) => SaeHook.Parse(hook) is not { } point ? []
        : [.. registry.Runs.Where(run => run is { Plan.Kind: RunKind.Direction, Status.State: RunState.Done } && run.Plan.ModelPath == model && run.Plan.Hook == point).OrderByDescending(run => run.CreatedUtc)];

    /// <summary>Reads the direction of a run: not while a page is drawn.</summary>
    /// <param name="run">The run.</param>
    /// <param name="hook">Where the SAE of the rack reads and writes; null: not known.</param>
    /// <exception cref="UserException">It is not there any more, or damaged.</exception>
    public TakeDirection Read(RunView run, string? hook)
    {
        ArgumentNullException.ThrowIfNull(run);
        var path = Path.Combine(RunPlaces.Of(root, run.Id), RunDirection.FileName);
        var look = FileLook.At(path) ?? throw new UserException($"{run.Name}: {path} is not there any more. Measure it again.");
        if (look.Length > MostBytes) throw new UserException($"{path} has {look.Length:N0} bytes: a direction has at most {MostBytes:N0}. Measure it again.");
        return Checked(JsonFile.Read<TakeDirection>(path), path, hook);
    }

    /// <summary>A direction as the Studio takes it.</summary>
    /// <param name="direction">The direction.</param>
    /// <param name="file">Its file, for the message.</param>
    /// <param name="hook">Where the SAE of the rack reads and writes; null: not known.</param>
    /// <exception cref="UserException">It is not a direction, or of another point.</exception>
    internal static TakeDirection Checked(TakeDirection direction, string file, string? hook)
    {
        if (direction is not { Hash: not null, Values: not null, Hook: not null }) throw new UserException($"{file} is not a direction: it lacks hash, values or hook. The worker's verb “direction” makes one.");
        // The rules that the worker holds takes to.
        var probe = new TakeSettings { ModelPath = "", Seed = 0, Frames = 1, Arms = [TakeArms.Baseline], Controls = new TakeControls { DiffMean = direction } };
        if (TakeRules.Problem(probe) is { } wrong) throw new UserException($"{file}: {wrong}");
        if (hook is { } here && here != direction.Hook && SaeHook.Parse(here)?.ToString() != direction.Hook) throw new UserException($"{file} was measured at {direction.Hook}, and the SAE of the rack is at {here}: measure it there.");
        return direction with { Positive = Words(direction.Positive), Negative = Words(direction.Negative) };
    }

    private static string? Words(string? set) => set is null ? null : PersonText.Line(set, "The direction's sets", PersonText.MaxName);
}

using SaeDashboard.MusicGen;
using SaeDashboard.Sae.Steering;

namespace SaeDashboard.Worker.Steering;

/// <summary>The SAEs a verb steers with, loaded once with their indexes, and the edits made from them.</summary>
internal sealed class SteeringSession(MusicGenModel model) : IDisposable
{
    private readonly Dictionary<string, LoadedSae> saes = [];
    private readonly List<IDisposable> edits = [];

    /// <summary>What a person should know of how the SAEs were read.</summary>
    public IEnumerable<string> Notes => saes.Values.SelectMany(loaded => loaded.Sae.Config.Notes).Distinct();

    /// <summary>Loads (once) the SAE in <paramref name="folder"/> and checks that it fits the model.</summary>
    public LoadedSae Load(string folder)
    {
        var key = Path.GetFullPath(folder);
        if (saes.TryGetValue(key, out var loaded)) return loaded;
        loaded = LoadedSae.Open(folder);
        saes.Add(key, loaded);
        SaeFit.Require(folder, loaded.Sae, model);
        return loaded;
    }

    /// <summary>One hook an SAE, carrying all the steers that name it, in the order they were given.</summary>
    public IReadOnlyList<SteeringHook> Hooks(IReadOnlyList<SteerArgument> steers, SteerMode mode, SteerRows rows, bool guided) =>
        steers.GroupBy(steer => Path.GetFullPath(steer.Sae))
            .Select(group => Hook(Load(group.First().Sae), group.Select(steer => new Steer(steer.Feature, steer.Strength, mode)).ToArray(), rows, guided))
            .ToArray();

    /// <summary>One hook that turns features of one SAE.</summary>
    /// <param name="sae">The SAE.</param>
    /// <param name="steers">What to turn.</param>
    /// <param name="rows">Which guidance half.</param>
    /// <param name="guided">Whether there are two halves: a prompt, and guidance above 1.</param>
    /// <param name="randomSeed">Given: the control, random directions of the same norms.</param>
    /// <exception cref="Core.UserException">The half that is to be steered is not computed.</exception>
    public SteeringHook Hook(LoadedSae sae, IReadOnlyList<Steer> steers, SteerRows rows, bool guided, ulong? randomSeed = null)
    {
        rows.RequireSteered(guided);
        var edit = new SteeringEdit(sae.Sae, sae.Index, steers, randomSeed: randomSeed);
        edits.Add(edit);
        return new SteeringHook(sae.Site, edit, rows, guided);
    }

    public void Dispose()
    {
        foreach (var edit in edits) edit.Dispose();
        foreach (var sae in saes.Values) sae.Dispose();
    }
}

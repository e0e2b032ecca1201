using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Saes;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Sae;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Worker.Saes;
using static TorchSharp.torch;

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
        SaeCompatibility.Require(folder, loaded.Sae, model);
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
    /// <exception cref="Core.UserException">The half that is to be steered is not computed.</exception>
    private SteeringHook Hook(LoadedSae sae, IReadOnlyList<Steer> steers, SteerRows rows, bool guided)
    {
        rows.RequireSteered(guided);
        var edit = new SteeringEdit(sae.Sae, sae.Index, steers);
        edits.Add(edit);
        return new SteeringHook(sae.Site, edit, rows, guided);
    }

    public void Dispose()
    {
        foreach (var edit in edits) edit.Dispose();
        foreach (var sae in saes.Values) sae.Dispose();
    }
}

/// <summary>Joins the two halves that must not know each other: an SAE's edit, and the model's hook point.</summary>
/// <param name="site">Where the edit acts.</param>
/// <param name="edit">What it does, owned by the caller.</param>
/// <param name="rows">Which half of a guided pair is edited.</param>
/// <param name="guided">Whether there are two halves at all.</param>
internal sealed class SteeringHook(HookSite site, IResidualEdit edit, SteerRows rows, bool guided) : IHook
{
    public HookSite Site { get; } = site;

    /// <summary>How often the edit really ran; a strength of 0 runs it too.</summary>
    public long Calls => edit.Calls;

    public Tensor? Apply(in HookContext context, Tensor residual) =>
        rows.Steers(context.Half == GuidanceHalf.Conditional, guided) ? edit.Apply(residual, context.FirstColumn) : null;
}

/// <summary>An SAE folder with its feature index, which gives a feature's strength its unit.</summary>
internal sealed class LoadedSae : IDisposable
{
    private LoadedSae(string folder, SparseAutoencoder sae, FeatureIndex index, HookSite site)
    {
        Folder = folder;
        Sae = sae;
        Index = index;
        Site = site;
    }

    public string Folder { get; }

    public SparseAutoencoder Sae { get; }

    public FeatureIndex Index { get; }

    public HookSite Site { get; }

    /// <summary>Opens both. Throws <see cref="UserException"/> when the index is missing or another SAE's.</summary>
    public static LoadedSae Open(string folder)
    {
        var sae = SaeFolder.Load(folder);
        try
        {
            var indexFolder = Path.Combine(folder, "index");
            if (!Directory.Exists(indexFolder))
                throw new UserException($"{folder} has no feature index, so the strength of a feature has no unit (its p99). Make one: scripts/worker.sh index --sae {folder} --model MODEL --dataset DATASET");
            var index = FeatureIndex.Open(indexFolder);
            var problem = index.Info.SaeHash != sae.WeightsHash ? $"{indexFolder} was made for other weights (SHA-256 {index.Info.SaeHash}, the SAE has {sae.WeightsHash}). Make it again with the verb index."
                : SaeFolders.HookProblem(folder, sae.Config) ?? SaeFolders.IndexProblem(folder, sae.Config, index.Info.Hook);
            if (problem is null) return new LoadedSae(folder, sae, index, HookSite.Parse(index.Info.Hook));
            index.Dispose();
            throw new UserException(problem);
        }
        catch
        {
            sae.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Index.Dispose();
        Sae.Dispose();
    }
}

/// <summary>One <c>--steer SAE:FEATURE=STRENGTH</c>.</summary>
/// <param name="Sae">SAE folder.</param>
/// <param name="Feature">Index in its dictionary.</param>
/// <param name="Strength">In multiples of the feature's p99 (a factor for scaling).</param>
internal sealed record SteerArgument(string Sae, int Feature, double Strength)
{
    /// <summary>Parses from the right, so that a folder's name may hold ':' or '='. Null when the form is not met.</summary>
    public static SteerArgument? Parse(string text)
    {
        var equals = text.LastIndexOf('=');
        var colon = equals > 0 ? text.LastIndexOf(':', equals) : -1;
        if (colon < 1) return null;
        return int.TryParse(text[(colon + 1)..equals], NumberStyles.None, CultureInfo.InvariantCulture, out var feature)
            && double.TryParse(text[(equals + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var strength)
            && double.IsFinite(strength)
            ? new SteerArgument(text[..colon], feature, strength)
            : null;
    }
}

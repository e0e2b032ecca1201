using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Sae.Atlas;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Features;

/// <summary><c>atlas</c>: maps the features of an SAE that has an index already; <c>index</c> does it by itself.</summary>
internal sealed class AtlasVerb : Verb
{
    private static readonly AtlasOptions Standard = new();

    private readonly Option<string> saeOption = CommonOptions.Sae();
    private readonly Option<int> neighboursOption = new Option<int>("--neighbours") { Description = "Nearest directions of each feature that the map keeps together, itself included", HelpName = "count" }.Default(Standard.Neighbours).Between(2, 256);
    private readonly Option<double> distanceOption = new Option<double>("--min-distance") { Description = "How close features of a cluster are on the map; its scale is 1", HelpName = "distance" }.Default(Standard.MinDistance).Between(0, 1);
    private readonly Option<int?> epochsOption = new("--epochs") { Description = "Passes; without it 500 for up to 10,000 features, 200 for more", HelpName = "count" };
    private readonly Option<int> seedOption = new Option<int>("--seed") { Description = "Decides all random choices", HelpName = "number" }.Default(Standard.Seed);

    public AtlasVerb() : base("atlas", "Maps an SAE's features in two dimensions (UMAP of decoder directions), into its index.", "atlas --sae data/saes/mine")
    {
        Option[] all = [saeOption, neighboursOption, distanceOption, epochsOption, seedOption];
        foreach (var option in all) Options.Add(option);
    }

    public override VerbResult Run(VerbContext context)
    {
        var clock = Stopwatch.StartNew();
        var folder = context.Get(saeOption);
        var index = Path.Combine(folder, "index");
        if (context.Find(epochsOption) is < 1 or > 100_000) throw new UserException("--epochs must be between 1 and 100,000.");
        using var sae = SaeFolder.Load(folder);
        using (var opened = FeatureIndex.Open(index))
        {
            if (opened.Info.SaeHash != sae.WeightsHash) throw new UserException($"{index} was made for other weights than those in {folder}: make the index again with the verb 'index', which makes the atlas too.");
        }
        var options = Standard with { Neighbours = context.Get(neighboursOption), MinDistance = context.Get(distanceOption), Epochs = context.Find(epochsOption), Seed = context.Get(seedOption) };
        var built = AtlasBuilder.Build(sae, options, context.Progress.Clips("Atlas: "), context.Cancellation);
        built.Save(index);
        var seconds = clock.Elapsed.TotalSeconds;
        var info = built.Info;
        return new VerbResult(
            new { atlas = Path.Combine(index, FeatureAtlas.FileName), features = sae.Config.DSae, info.Neighbours, info.Epochs, info.NeighboursKept, info.NeighboursKeptByComponents, seconds },
            string.Create(CultureInfo.InvariantCulture, $"{Path.Combine(index, FeatureAtlas.FileName)}: {sae.Config.DSae:N0} features; of the {info.Neighbours - 1} nearest directions {100 * info.NeighboursKept:F1} % are among as many nearest on the map (two principal components: {100 * info.NeighboursKeptByComponents:F1} %); {seconds:F1} s"));
    }
}

using System.CommandLine;
using SaeDashboard.Core.Saes;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Verbs;

/// <summary><c>convert</c>: an SAE folder in another library's format.</summary>
internal sealed class ConvertVerb : Verb
{
    private readonly Option<string> fromOption = new("--from") { Description = $"SAE folder: {SaeFormats.Known}", Required = true, HelpName = "dir" };
    private readonly Option<string> toOption = new("--to") { Description = "Folder to make", Required = true, HelpName = "dir" };
    private readonly Option<string> formatOption = new("--format") { Description = "Whose format to write", Required = true, HelpName = string.Join("|", SaeFormats.Names) };

    public ConvertVerb() : base("convert", "Writes an SAE in the format of SAELens, sparsify or dictionary_learning.",
        "convert --from demo/sae --to data/saes/for-sparsify --format sparsify")
    {
        formatOption.AcceptOnlyFromAmong([.. SaeFormats.Names]);
        Option[] all = [fromOption, toOption, formatOption];
        foreach (var option in all) Options.Add(option);
    }

    public override VerbResult Run(VerbContext context)
    {
        var (from, to, format) = (context.Get(fromOption), context.Get(toOption), SaeFormats.Parse(context.Get(formatOption))!.Value);
        var read = SaeFolders.Detect(from);
        var original = SaeFolders.Read(from);
        var (sae, notes) = SaeConversion.Prepare(original, format);
        SaeFolders.Write(to, sae, format);
        var (oldHash, hash) = (original.WeightsHash(), sae.WeightsHash());
        var config = sae.Config;
        return new VerbResult(
            new { from, fromFormat = read.Name(), to, format = format.Name(), architecture = config.Architecture.Name(), width = config.DIn, latents = config.DSae, weightsHash = hash, sameWeights = hash == oldHash, notes },
            string.Join(Environment.NewLine, [$"{to}: {format.Title()}, {config.Architecture.Name()}, {config.DSae} latents of width {config.DIn}, from {read.Title()}", .. notes]));
    }
}

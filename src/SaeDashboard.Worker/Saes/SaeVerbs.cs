using System.CommandLine;
using SaeDashboard.Core;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.CommandLine;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Saes;

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

/// <summary><c>sae-forward</c>: latents and reconstruction of given vectors, to compare with other libraries.</summary>
internal sealed class SaeForwardVerb : Verb
{
    private readonly Option<string> saeOption = CommonOptions.Sae();
    private readonly Option<string> vectorsOption = new("--vectors") { Description = "Safetensors file with `x` [n, d_in]", Required = true, HelpName = "path" };
    private readonly Option<string> outOption = CommonOptions.Out("Safetensors file to write: `latents` [n, d_sae], `reconstruction` [n, d_in]");

    public SaeForwardVerb() : base("sae-forward", "Runs an SAE over vectors from a file.",
        "sae-forward --sae demo/sae --vectors vectors.safetensors --out latents.safetensors")
    {
        Options.Add(saeOption);
        Options.Add(vectorsOption);
        Options.Add(outOption);
        Options.Add(OptionRules.Renamed("--input", vectorsOption));
        Options.Add(OptionRules.Renamed("--output", outOption));
    }

    public override VerbResult Run(VerbContext context)
    {
        using var sae = SaeFolder.Load(context.Get(saeOption));
        foreach (var note in sae.Config.Notes) context.Progress.Note(note);
        using var input = SafetensorsFile.Open(context.Get(vectorsOption));
        if (!input.Entries.TryGetValue("x", out var entry))
            throw new UserException($"{input.Path} has no tensor `x`; it has {string.Join(", ", input.Entries.Keys.Take(10))}.");
        if (entry.Shape is not [var count, var width] || width != sae.Config.DIn)
            throw new UserException($"{input.Path}: x is [{string.Join(", ", entry.Shape)}], the SAE {context.Get(saeOption)} reads [n, {sae.Config.DIn}].");

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var x = TensorData.FromFloats(input.ReadFloat32("x"), count, width);
        var (latents, reconstruction) = sae.Forward(x);
        var writer = new SafetensorsWriter();
        writer.Add("latents", TensorData.ToArray(latents), count, sae.Config.DSae);
        writer.Add("reconstruction", TensorData.ToArray(reconstruction), count, width);
        writer.Save(context.Get(outOption));
        var l0 = latents.Gt(0).to(ScalarType.Float32).sum().item<float>() / Math.Max(1, count);
        return new VerbResult(new { output = context.Get(outOption), count, latents = sae.Config.DSae, l0 }, FormattableString.Invariant($"{context.Get(outOption)}: {count} vectors, L0 {l0:F1}"));
    }
}

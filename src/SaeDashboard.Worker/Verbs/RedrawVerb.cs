using System.CommandLine;
using System.Globalization;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Evaluation;

namespace SaeDashboard.Worker.Verbs;

/// <summary><c>redraw</c>: a model whose decoder weights are redrawn, the baseline for what an SAE finds.</summary>
internal sealed class RedrawVerb : Verb
{
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly Option<string> outOption = CommonOptions.Out("Folder to make (it must not exist)");
    private readonly Option<ulong> seedOption = new Option<ulong>("--seed") { Description = "Which weights are drawn", HelpName = "seed" }.Default(0UL);
    private readonly Option<bool> keepOption = new("--keep-embeddings") { Description = "Leave the codes' embeddings as they are" };

    public RedrawVerb() : base("redraw", "Writes a model whose decoder matrices are normal noise of the same mean and spread: an SAE trained on it is a baseline.",
        "redraw --model demo/model --out data/models/noise")
    {
        Option[] all = [modelOption, outOption, seedOption, keepOption];
        foreach (var option in all) Options.Add(option);
    }

    public override VerbResult Run(VerbContext context)
    {
        var (from, to, seed) = (context.Get(modelOption), context.Get(outOption), context.Get(seedOption));
        var (redrawn, kept, values) = RedrawnModel.Write(from, to, seed, context.Get(keepOption));
        return new VerbResult(
            new { from, to, seed, redrawn, kept, values },
            string.Create(CultureInfo.InvariantCulture, $"{to}: {redrawn} tensors ({values:N0} numbers) drawn anew with seed {seed}, {kept} as they were"));
    }
}

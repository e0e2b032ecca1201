using System.CommandLine;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>The options of evaluate that concern the ground truth and stored activations, as one verb's.</summary>
internal sealed class TruthOptions
{
    private readonly Option<bool> truthOption = new("--ground-truth") { Description = "Score features against the data set's annotations too, beside baselines (minutes)" };
    private readonly Option<string> chooseOption = new Option<string>("--choose-on") { Description = "The split that features, lags and probes are chosen on: any but the one that is scored", HelpName = "name" }.Default("select");
    private readonly Option<string?> baselinesOption = new("--baselines") { Description = "Where the residual stream's own scores are kept: read when there, else computed and written", HelpName = "file" };
    private readonly Option<string?> selectOption = new("--select-activations") { Description = "Folder made by collect on the split of --choose-on, read instead of running the model", HelpName = "dir" };
    private readonly Option<string?> scoredOption = new("--test-activations") { Description = "Folder made by collect on the split that is evaluated, likewise", HelpName = "dir" };

    public TruthOptions(Command verb)
    {
        Option[] all = [truthOption, chooseOption, baselinesOption, selectOption, scoredOption];
        foreach (var option in all) verb.Options.Add(option);
        verb.Validators.Add(result =>
        {
            foreach (var option in (Option[])[chooseOption, baselinesOption])
            {
                if (!result.GetValue(truthOption) && result.GetResult(option) is { Implicit: false })
                    result.AddError($"{option.Name} is for --ground-truth: give that too.");
            }
        });
    }

    /// <summary>The scoring against annotations, or null if not requested.</summary>
    public TruthMeasure? Prepare(VerbContext context, EvaluationSources sources, MusicGenModel model, ClipDataset dataset, string split) =>
        context.Get(truthOption) ? TruthMeasure.Prepare(sources, model, dataset, context.Get(chooseOption), split, context.Find(baselinesOption)) : null;

    /// <summary>Activations from the folders given, else from the model. The caller disposes them.</summary>
    public EvaluationSources Open(VerbContext context, MusicGenModel model, ClipDataset dataset, HookSite site, bool captions, string split)
    {
        var sources = new EvaluationSources(model, dataset, site, captions);
        try
        {
            sources.Use(context.Get(chooseOption), context.Find(selectOption));
            sources.Use(split, context.Find(scoredOption));
            return sources;
        }
        catch
        {
            sources.Dispose();
            throw;
        }
    }
}

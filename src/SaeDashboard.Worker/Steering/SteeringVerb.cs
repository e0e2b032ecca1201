using System.CommandLine;
using System.Globalization;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Presets;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Models;

namespace SaeDashboard.Worker.Steering;

/// <summary><c>steering</c>: does steering with a feature raise its activation? Measured over seeds, compared with a random direction.</summary>
internal sealed class SteeringVerb : Verb
{
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly ComputeOptions compute;
    private readonly Option<string> saeOption = CommonOptions.Sae();
    private readonly Option<string[]> presetsOption = new("--preset") { Description = "Measure a preset's steering with its envelopes, conditions and moves; may be repeated", HelpName = "json", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int[]> featuresOption = new("--feature") { Description = "Measure this feature alone; may be repeated", HelpName = "feature", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int> strongestOption = new Option<int>("--strongest") { Description = "Measure the features with the largest p99·‖d‖ among those the filter keeps", HelpName = "count" }.Default(0).Between(0, 100_000);
    private readonly Option<string?> promptOption = new("--prompt") { HelpName = "text", Description = "Prompt for --feature and --strongest (without it: the null condition)" };
    private readonly Option<double> secondsOption = new Option<double>("--seconds") { HelpName = "seconds", Description = "Length for --feature and --strongest" }.Default(5.12).Between(0.2, 3600);
    private readonly Option<double> guidanceOption = new Option<double>("--guidance") { HelpName = "scale", Description = "Guidance for --feature and --strongest" }.Default(3.0).Between(0.0, 100.0);
    private readonly Option<double> strengthOption = new Option<double>("--strength") { HelpName = "multiple", Description = "In multiples of p99, for --feature and --strongest" }.Default(2.0).Between(-1000.0, 1000.0);
    private readonly Option<int> seedsOption = new Option<int>("--seeds") { HelpName = "count", Description = "How many seeds, from 0" }.Default(8).Between(1, 256);

    public SteeringVerb() : base("steering", "Measures steering: a feature's summed activation, read from the finished codes in a fresh unsteered pass, against the unsteered arm and a random direction.",
        "steering --model demo/model --sae demo/sae --strongest 5")
    {
        Option[] all = [modelOption, saeOption, presetsOption, featuresOption, strongestOption, promptOption, secondsOption, guidanceOption, strengthOption, seedsOption];
        foreach (var option in all) Options.Add(option);
        Validators.Add(result =>
        {
            Option[] choices = [presetsOption, featuresOption, strongestOption];
            if (!choices.Any(option => result.GetResult(option) is { Implicit: false }))
                result.AddError("Give what to measure: --preset, --feature or --strongest.");
        });
        compute = new ComputeOptions(this);
    }

    public override VerbResult Run(VerbContext context)
    {
        using var music = ModelLoading.Load(context.Get(modelOption), compute.Read(context), context.Progress);
        using var session = new SteeringSession(music);
        var loaded = session.Load(context.Get(saeOption));
        foreach (var note in session.Notes) context.Progress.Note(note);
        var trials = Trials(context, loaded, music);
        var experiment = new SteeringExperiment(music, session, loaded, context.Get(seedsOption), context.Cancellation);
        var done = 0;
        var rows = new List<SteeringMeasurement>();
        foreach (var trial in trials)
        {
            rows.AddRange(experiment.Measure(trial));
            context.Progress.Report("Steering", ++done, trials.Count, "trials");
        }
        return new VerbResult(new { seeds = context.Get(seedsOption), measurements = rows }, Table(rows, context.Get(seedsOption)));
    }

    private List<SteeringTrial> Trials(VerbContext context, LoadedSae loaded, MusicGenModel music)
    {
        var trials = new List<SteeringTrial>();
        foreach (var path in context.Find(presetsOption) ?? [])
        {
            var preset = PresetFile.Read(path);
            if (preset.Sae.WeightsHash != loaded.Sae.WeightsHash) throw new UserException($"{path} steers with another SAE ({preset.Sae.Name}, {preset.Sae.WeightsHash}) than {loaded.Folder} ({loaded.Sae.WeightsHash}).");
            trials.Add(new SteeringTrial(preset.Name, PresetSettings.ToTake(preset, music.Folder, loaded.Folder, hash => throw new UserException(
                $"{path} also uses the SAE {hash[..12]}…, and this verb measures the features of one SAE alone: leave those strips and conditions out of the preset."))));
        }
        var chosen = (context.Find(featuresOption) ?? []).Concat(Strongest(loaded, context.Get(strongestOption)));
        var frames = Math.Max(4, (int)Math.Round(context.Get(secondsOption) * music.Codec.FrameRate));
        foreach (var feature in chosen)
        {
            trials.Add(new SteeringTrial(FormattableString.Invariant($"feature {feature}"), new TakeSettings
            {
                ModelPath = music.Folder,
                SaePath = loaded.Folder,
                Prompt = context.Find(promptOption),
                Seed = 0,
                Frames = frames,
                Guidance = context.Get(guidanceOption),
                Steers = [new TakeSteer(feature, context.Get(strengthOption), SteerMode.Add.Name(), 0)],
            }));
        }
        return trials;
    }

    private static IEnumerable<int> Strongest(LoadedSae loaded, int count) =>
        Enumerable.Range(0, loaded.Index.Info.Features).Where(feature => loaded.Index[feature].Kept)
            .OrderByDescending(feature => loaded.Index[feature].P99 * loaded.Index[feature].DecoderNorm).Take(count);

    private static string Table(List<SteeringMeasurement> rows, int seeds)
    {
        var text = new StringBuilder();
        text.AppendLine("trial                     feature  strength   baseline    steered   ×      doubled     random   ×");
        foreach (var row in rows)
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{row.Trial,-25} {row.Feature,7}  {row.Strength,8:F2}  {row.Steered.BaselineMean,9:F1}  {row.Steered.ArmMean,9:F1}  {Ratio(row.Steered),5}  {row.Steered.Doubled,3} of {seeds,2}  {row.Random.ArmMean,9:F1}  {Ratio(row.Random),5}");
        }
        text.Append(CultureInfo.InvariantCulture, $"Means over {seeds} seeds of the feature's activation summed over columns 4..F of the finished codes, in a fresh, unsteered, unconditional pass.");
        return text.ToString();

        static string Ratio(SteeringComparison comparison) => comparison.Ratio?.ToString("F2", CultureInfo.InvariantCulture) ?? "–";
    }
}

using System.Globalization;
using System.Text;
using SaeDashboard.Core.Steering;

namespace SaeDashboard.Worker.Steering.Trials;

/// <summary>A steering table as text.</summary>
internal static class TrialText
{
    private const int MostListed = 200;

    public static string Of(SteeringTable table)
    {
        var text = new StringBuilder();
        var source = table.Source;
        text.AppendLine(CultureInfo.InvariantCulture, $"{source.Hook}, {source.Architecture}: {source.Seeds} seeds of each prompt, {source.Seconds:0.##} s, guidance {source.Guidance:0.##}, strengths {string.Join(", ", source.Strengths.Select(strength => strength.ToString("0.###", CultureInfo.InvariantCulture)))} × p99");
        text.AppendLine($"strengths chosen on: {string.Join("; ", source.ChoosePrompts)}");
        text.AppendLine($"reported on:         {string.Join("; ", source.ReportPrompts)}");
        text.AppendLine(source.TaggerHash is { } hash
            ? string.Create(CultureInfo.InvariantCulture, $"tagger {hash[..12]}: {source.TaggerClasses} classes can be targets; held-out mean AUROC {source.TaggerAuroc:F3}, balanced accuracy {source.TaggerAccuracy:F3}")
            : "no tagger: descriptors of the sound alone judge");
        foreach (var group in table.Groups) Group(text, group, source.ClapHash is not null);
        Features(text, table);
        text.Append("Gains are in standard deviations of the target over select. The paper's criterion is a mean above the unsteered clips: compare its rate with that of random directions.");
        return text.ToString();
    }

    private static void Group(StringBuilder text, SteeringGroup group, bool clap)
    {
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{SteeringWords.Of(group.Name)}: {group.Features} features, {group.WithTarget} with a target");
        text.AppendLine(CultureInfo.InvariantCulture, $"  steer above matched random (q ≤ 0.05): {Of(group.Steers)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  and above DiffMean on average:         {Of(group.SteersAboveDiffMean)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  gain more than 95 % of fixed random directions, of those judged: {Of(group.AboveNull)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  {"direction",-18} {"gain over unsteered",-26} {"above unsteered (paper)",-30} {"above matched random",-30}{(clap ? " CLAP above unsteered" : "")}");
        foreach (var arm in group.Arms)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {SteeringWords.Of(arm.Arm),-18} {Of(arm.Gain),-26} {Of(arm.AboveUnsteered),-30} {Of(arm.AboveRandom),-30}{(clap ? " " + Of(arm.ClapAboveUnsteered) : "")}");
    }

    private static void Features(StringBuilder text, SteeringTable table)
    {
        text.AppendLine().AppendLine("feature  target                          r   strength     gain   over random  (95 %)             q   over DiffMean  companions  verdict");
        foreach (var one in table.Features.OrderBy(feature => feature.Verdict).ThenByDescending(feature => feature.OverRandom?.Mean).ThenBy(feature => feature.Feature).Take(MostListed))
        {
            var steered = one.Arms.FirstOrDefault(arm => arm.Arm == TrialArm.Steered);
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{one.Feature,7}  {(one.Target is null ? "–" : SteeringWords.Of(one.Target)),-28} {one.Target?.Correlation ?? one.BestCorrelation,5:F2}   {steered?.Strength,8:0.##}  {steered?.Gain?.Mean,7:F2}   {one.OverRandom?.Mean,11:F2}  {Range(one.OverRandom),-14} {one.OverRandom?.Q,5:0.###}   {one.OverDiffMean?.Mean,13:F2}  {one.Companions?.Mean,10:F2}  {Words(one.Verdict)}");
        }
        if (table.Features.Count > MostListed) text.AppendLine(CultureInfo.InvariantCulture, $"… and {table.Features.Count - MostListed} more in {SteeringTable.FileName}");
    }

    private static string Words(SteeringVerdict verdict) => verdict switch
    {
        SteeringVerdict.Steers => "steers",
        SteeringVerdict.NotAboveRandom => "does not steer",
        SteeringVerdict.NoTarget => "not judged: nothing follows it on select",
        SteeringVerdict.Breaks => "breaks",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "Unknown value."),
    };

    private static string Range(PairedGain? gain) => gain is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{gain.Low:F2} to {gain.High:F2}");

    private static string Of(SteeringMean? mean) => mean is null ? "–" : string.Create(CultureInfo.InvariantCulture, $"{mean.Mean:F2} ({mean.Low:F2} to {mean.High:F2})");

    private static string Of(SteeringRate? rate) => rate is null ? "–" : string.Create(CultureInfo.InvariantCulture, $"{rate.Count} of {rate.Of}, {100 * rate.Rate:F0} % ({100 * rate.Low:F0} to {100 * rate.High:F0})");
}

using System.Globalization;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Steering;

namespace SaeDashboard.Web.Features;

/// <summary>The figures of a strength ladder as text; a missing one is a dash.</summary>
internal static class LadderNumbers
{
    /// <summary>"+0.42 (0.20 to 0.61)", with three significant digits.</summary>
    public static string Of(LadderInterval? interval) => interval is null ? "–" : $"{Signed(interval.Mean)} ({Plain(interval.Low)} to {Plain(interval.High)})";

    public static string Signed(double value) => value > 0 ? $"+{Plain(value)}" : Plain(value);

    public static string Plain(double value) => value.ToString(Math.Abs(value) switch { >= 100 => "0", >= 10 => "0.0", >= 0.1 or 0 => "0.00", _ => "0.000" }, CultureInfo.InvariantCulture).Replace('-', '−');

    /// <summary>A descriptor's unit.</summary>
    public static string Unit(string descriptor) => descriptor switch
    {
        SoundDescriptors.Level => "dB",
        SoundDescriptors.Brightness => "octaves",
        SoundDescriptors.OnsetRate => "1/s",
        SoundDescriptors.Pitch => "semitones",
        _ => "",
    };

    /// <summary>What the fader marks: "audible:-4 strong:-8 breaks:-32 audible:4"; empty: nothing within what was tested.</summary>
    public static string Marks(FeatureLadder ladder) => string.Join(' ', new[] { ladder.Down, ladder.Up }.SelectMany(reach => new[] { ("audible", reach.Audible), ("strong", reach.Strong), ("breaks", reach.Breaks) })
        .Where(mark => mark.Item2 is not null).Select(mark => string.Create(CultureInfo.InvariantCulture, $"{mark.Item1}:{mark.Item2!.Value:0.###}")));

    /// <summary>The tested strengths that do not break the music: "-16,32".</summary>
    public static string Band(FeatureLadder ladder) => string.Create(CultureInfo.InvariantCulture, $"{ladder.Down.Tested ?? 0:0.###},{ladder.Up.Tested ?? 0:0.###}");
}

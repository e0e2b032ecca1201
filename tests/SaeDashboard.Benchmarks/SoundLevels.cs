using SaeDashboard.Core;
using SaeDashboard.Core.Audio;

namespace SaeDashboard.Benchmarks;

/// <summary>What sound files hold, as this program reads them, for scripts/checks/sound.sh: a line a file, its rate, channels, samples and level (RMS
/// of all channels, dB of full scale), or why it is refused.</summary>
internal static class SoundLevels
{
    /// <summary>What the command line calls it: <c>sound-levels FILE …</c>.</summary>
    public const string Command = "sound-levels";

    public static int Print(IEnumerable<string> files)
    {
        foreach (var file in files) Console.WriteLine($"{Path.GetFileName(file)}\t{Line(file)}");
        return 0;
    }

    private static string Line(string file)
    {
        try
        {
            using var sound = SoundReader.Open(file);
            var piece = new float[sound.Channels][];
            for (var channel = 0; channel < piece.Length; channel++) piece[channel] = new float[1 << 16];
            var power = 0.0;
            while (sound.Read(piece, 1 << 16) is > 0 and var read)
            {
                foreach (var channel in piece) foreach (var sample in channel.AsSpan(0, read)) power += (double)sample * sample;
            }
            var level = 10 * Math.Log10(power / sound.Position / sound.Channels + 1e-30);
            return FormattableString.Invariant($"{sound.SampleRate}\t{sound.Channels}\t{sound.Position}\t{level:F3}");
        }
        catch (UserException refused)
        {
            return $"refused\t{refused.Message}";
        }
    }
}

using Microsoft.Net.Http.Headers;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;

namespace SaeDashboard.Web.Hosting;

/// <summary>Sends and draws sound files that are open already: where they lead was asked when they were opened.</summary>
internal static class SoundFile
{
    /// <summary>Bytes of the longest file that is drawn: two hours at 32 kHz.</summary>
    private const long Longest = 512L << 20;

    /// <summary>Answers with the file, with ranges; closed when it has been sent.</summary>
    /// <param name="file">The file.</param>
    /// <param name="download">The name it is saved under; null: it is played.</param>
    /// <param name="tag">Names its content.</param>
    public static IResult Send(FileStream file, string? download = null, EntityTagHeaderValue? tag = null) =>
        Results.File(file, "audio/wav", download, new DateTimeOffset(File.GetLastWriteTimeUtc(file.SafeFileHandle)), tag, enableRangeProcessing: true);

    /// <summary>The peaks of the file, which is closed.</summary>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="file">The file, at its beginning.</param>
    /// <param name="buckets">How many.</param>
    /// <exception cref="UserException">It is damaged, cut short or too long.</exception>
    public static Peaks PeaksOf(string name, FileStream file, int buckets = Peaks.DefaultBuckets)
    {
        using (file)
        {
            if (file.Length > Longest) throw new UserException(FormattableString.Invariant($"{name} has {file.Length} bytes; waveforms are drawn for files of up to {Longest} bytes."));
            using var sound = SoundReader.OpenWav(name, file);
            return Peaks.Of(sound, buckets);
        }
    }
}

namespace SaeDashboard.Core.Audio;

/// <summary>Why a sound could not be read, for programs that list the reasons. Known by the error, not by its words.</summary>
public static class SoundFault
{
    private const string Key = "SaeDashboard.Sound";

    private enum Kind
    {
        CutShort,
        NeedsFfmpeg,
    }

    /// <summary>Whether the error says that the file ends before its sound does.</summary>
    public static bool IsCutShort(UserException error) => error.Data[Key] is Kind.CutShort;

    /// <summary>Whether the error says that the file needs ffmpeg, which is not installed.</summary>
    public static bool IsFfmpegMissing(UserException error) => error.Data[Key] is Kind.NeedsFfmpeg;

    internal static UserException CutShort(string message) => new(message) { Data = { [Key] = Kind.CutShort } };

    internal static UserException NeedsFfmpeg(string message) => new(message) { Data = { [Key] = Kind.NeedsFfmpeg } };
}

/// <summary>The program that reads what is not an uncompressed WAV file.</summary>
public static class Ffmpeg
{
    /// <summary>Whether it is on the PATH of this process.</summary>
    public static bool IsInstalled => FfmpegDecoder.Find() is not null;

    /// <summary>The command that installs it on this system.</summary>
    public static string InstallCommand => FfmpegDecoder.InstallCommand();
}

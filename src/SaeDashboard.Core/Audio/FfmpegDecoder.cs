using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Audio;

/// <summary>
/// Decodes a file to float samples with ffmpeg: a child process with fixed arguments and no shell, which reads the file's bytes from a pipe
/// and cannot open files itself. Waiting time and output size are limited.
/// </summary>
internal sealed class FfmpegDecoder : IDisposable
{
    /// <summary>The longest wait for a piece.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // A few kilobytes of a compressed file can decode to days of silence.
    private const long MostBytes = 64L << 30;
    private const int MostComplaint = 4096;

    private static readonly string[] Arguments =
    [
        "-v", "error", "-nostdin", "-protocol_whitelist", "pipe",
        "-format_whitelist", "wav,w64,aiff,flac,mp3,ogg,caf,au,aac,ac3,wv,ape,tta,asf,amr,mov,matroska,webm",
        "-i", "pipe:0", "-map", "0:a:0", "-f", "wav", "-c:a", "pcm_f32le", "pipe:1",
    ];

    private readonly string path;
    private readonly string foreign;
    private readonly Process process;
    private readonly FileStream input;
    private readonly long length;
    private readonly Task feeding;
    private readonly Task<string> complaint;
    private readonly Timer watch;
    private long fed, given;
    private volatile bool isLate;

    private FfmpegDecoder(string path, FileStream input, string foreign, Process process)
    {
        (this.path, this.input, this.foreign, this.process, length) = (path, input, foreign, process, input.Length);
        watch = new Timer(_ => Late());
        Output = new Waiting(this);
        feeding = Task.Run(Feed);
        complaint = Task.Run(Listen);
    }

    /// <summary>ffmpeg's output: a WAV file of unknown length.</summary>
    public Stream Output { get; }

    /// <summary>The share of the file that ffmpeg has read.</summary>
    public double Share => length == 0 ? 1 : (double)Volatile.Read(ref fed) / length;

    /// <summary>Starts ffmpeg on a file.</summary>
    /// <param name="path">The file's name, for messages.</param>
    /// <param name="input">The file, at its beginning; closed with this object.</param>
    /// <param name="foreign">What kind of file it is, for messages.</param>
    /// <exception cref="UserException">ffmpeg is not installed.</exception>
    public static FfmpegDecoder Start(string path, FileStream input, string foreign)
    {
        if (Find() is not { } program)
            throw SoundFault.NeedsFfmpeg($"{path} {foreign}, which is read through ffmpeg, and ffmpeg is not installed. Install it with: {InstallCommand()}");
        var start = new ProcessStartInfo(program, Arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        // Passes only the variables that locate its libraries: ffmpeg reads settings from the environment.
        foreach (var name in start.Environment.Keys.Where(name => name is not ("PATH" or "LD_LIBRARY_PATH" or "DYLD_LIBRARY_PATH")).ToArray())
            start.Environment.Remove(name);
        try
        {
            return new FfmpegDecoder(path, input, foreign, Process.Start(start)!);
        }
        catch (Win32Exception error)
        {
            throw new UserException($"{path} {foreign}, which is read through ffmpeg, and {program} cannot be started: {error.Message}", error);
        }
    }

    /// <summary>Reads up to the first sample.</summary>
    /// <exception cref="UserException">ffmpeg finds no sound in the file.</exception>
    public WavHeader ReadHeader()
    {
        try
        {
            return WavHeader.Read(path, Output, length: null, out _) ?? throw Failed();
        }
        catch (UserException) when (!isLate)
        {
            // It wrote nothing, or a part of a header: its error output is the reason.
            throw Failed();
        }
    }

    /// <summary>Fills the bytes; fewer at the end.</summary>
    /// <exception cref="UserException">ffmpeg wrote nothing for too long, or too much.</exception>
    public int Read(Span<byte> bytes) => Output.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);

    /// <summary>Checks the exit code at the end of the output.</summary>
    /// <returns>Errors that ffmpeg reported but continued after; null: none.</returns>
    /// <exception cref="UserException">ffmpeg failed.</exception>
    public string? End()
    {
        if (!process.WaitForExit(Patience)) Late();
        process.WaitForExit();
        if (isLate || process.ExitCode != 0) throw Failed();
        return complaint.Result is { Length: > 0 } said ? $"{path}: ffmpeg says: {said}" : null;
    }

    public void Dispose()
    {
        watch.Dispose();
        Kill();
        process.WaitForExit();
        try
        {
            Task.WaitAll(feeding, complaint);
        }
        catch (AggregateException)
        {
            // Stopped early: the rest is not needed.
        }
        process.Dispose();
        input.Dispose();
    }

    /// <summary>The program's path, from PATH only, never from the current folder.</summary>
    internal static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Where(System.IO.Path.IsPathRooted)
        .Select(folder => System.IO.Path.Combine(folder, OperatingSystem.IsWindows() ? "ffmpeg.exe" : "ffmpeg"))
        .FirstOrDefault(File.Exists);

    internal static string InstallCommand()
    {
        if (OperatingSystem.IsMacOS()) return "brew install ffmpeg";
        if (OperatingSystem.IsWindows()) return "winget install ffmpeg";
        var system = FileLook.At("/etc/os-release") is null ? "" : Encoding.UTF8.GetString(WholeFile.Read("/etc/os-release", 1 << 16));
        var names = system.Split('\n').Where(line => line.StartsWith("ID=", StringComparison.Ordinal) || line.StartsWith("ID_LIKE=", StringComparison.Ordinal))
            .SelectMany(line => line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim('"').Split(' ')).ToHashSet(StringComparer.Ordinal);
        return names.Contains("fedora") || names.Contains("rhel") ? "sudo dnf install ffmpeg"
            : names.Contains("arch") ? "sudo pacman -S ffmpeg"
            : names.Contains("alpine") ? "sudo apk add ffmpeg"
            : names.Contains("suse") ? "sudo zypper install ffmpeg"
            : "sudo apt-get install ffmpeg";
    }

    private void Feed()
    {
        var piece = new byte[1 << 16];
        try
        {
            using var pipe = process.StandardInput.BaseStream;
            while (input.Read(piece) is > 0 and var read)
            {
                pipe.Write(piece.AsSpan(0, read));
                Interlocked.Add(ref fed, read);
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // It stopped reading: its exit code says whether it had enough.
        }
    }

    private string Listen()
    {
        var said = new StringBuilder();
        var piece = new char[1024];
        while (process.StandardError.Read(piece) is > 0 and var read)
        {
            if (said.Length < MostComplaint) said.Append(piece, 0, Math.Min(read, MostComplaint - said.Length));
        }
        return said.ToString().Trim();
    }

    private void Late()
    {
        isLate = true;
        Kill();
    }

    private void Kill()
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    private UserException Failed()
    {
        if (!process.WaitForExit(TimeSpan.FromSeconds(5))) Kill();
        process.WaitForExit();
        if (isLate) return new UserException($"{path} {foreign}, and ffmpeg gave nothing of it for {Patience.TotalSeconds:0} s, so it was stopped. Convert it first: ffmpeg -i IN OUT.wav");
        return new UserException($"{path} {foreign}, and ffmpeg finds no sound in it: {(complaint.Result.Length > 0 ? complaint.Result : "it says no reason")}");
    }

    /// <summary>The pipe, with a time limit on each read.</summary>
    private sealed class Waiting(FfmpegDecoder owner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            owner.watch.Change(Patience, Timeout.InfiniteTimeSpan);
            var read = owner.process.StandardOutput.BaseStream.Read(buffer);
            owner.watch.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (owner.isLate) throw owner.Failed();
            if ((owner.given += read) > MostBytes) throw new UserException($"{owner.path} {owner.foreign}, and it holds more than {MostBytes >> 30} GiB of samples: cut it into pieces.");
            return read;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

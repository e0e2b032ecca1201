using Microsoft.Win32.SafeHandles;

namespace SaeDashboard.Core.Files;

/// <summary>
/// A file that exists only in memory and only while this object does, for libraries that read nothing but paths. Nobody else can alter it
/// between a check and its use, and nothing is left behind when the process is killed. Linux only.
/// </summary>
public sealed class MemoryFile : IDisposable
{
    private readonly SafeFileHandle handle;

    private MemoryFile(SafeFileHandle handle) => this.handle = handle;

    /// <summary>Where this process can open it.</summary>
    public string Path => $"/proc/self/fd/{this.handle.DangerousGetHandle()}";

    /// <summary>Makes a file with this content.</summary>
    /// <param name="name">What debugging tools show; several may have the same.</param>
    /// <param name="content">All of it.</param>
    /// <exception cref="IOException">The system cannot.</exception>
    public static MemoryFile Create(string name, ReadOnlySpan<byte> content)
    {
        var handle = Posix.CreateMemoryFile(name);
        try
        {
            RandomAccess.Write(handle, content, fileOffset: 0);
            return new MemoryFile(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public void Dispose() => this.handle.Dispose();
}

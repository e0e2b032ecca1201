using Microsoft.Win32.SafeHandles;

namespace SaeDashboard.Core.Files;

/// <summary>
/// A file in memory that exists while this object does, for libraries that read only paths. No other process can alter it between a check
/// and its use, and nothing is left when the process is killed. Linux only.
/// </summary>
public sealed class MemoryFile : IDisposable
{
    private readonly SafeFileHandle handle;

    private MemoryFile(SafeFileHandle handle) => this.handle = handle;

    /// <summary>The path under which this process can open it.</summary>
    public string Path => $"/proc/self/fd/{this.handle.DangerousGetHandle()}";

    /// <summary>Creates a file with this content.</summary>
    /// <param name="name">The name that debugging tools show; need not be unique.</param>
    /// <param name="content">The whole content.</param>
    /// <exception cref="IOException">The system does not support it.</exception>
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

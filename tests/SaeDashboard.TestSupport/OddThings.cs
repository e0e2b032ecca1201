using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SaeDashboard.TestSupport;

/// <summary>What a folder can hold under a file's name.</summary>
public static partial class OddThings
{
    /// <summary>A pipe waits for a writer when it is opened; a device has no end.</summary>
    public static readonly string[] Kinds = ["pipe", "socket", "folder", "device", "link to itself"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Puts one in place of what is there.</summary>
    public static void Put(string kind, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        File.Delete(path);
        switch (kind)
        {
            case "pipe":
                if (MakePipe(path, 0x1B6) != 0) throw new IOException($"mkfifo {path}: {Marshal.GetLastPInvokeErrorMessage()}");
                break;
            case "socket":
                // The name stays when the socket is closed.
                using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)) Bind(socket, path);
                break;
            case "folder": Directory.CreateDirectory(path); break;
            case "device": File.CreateSymbolicLink(path, "/dev/zero"); break;
            case "link to itself": File.CreateSymbolicLink(path, path); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, null);
        }
    }

    /// <summary>Does it on another thread, and fails when it does not come to an end.</summary>
    public static Exception? Outcome(Action action)
    {
        Exception? thrown = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception error)
            {
                thrown = error;
            }
        }) { IsBackground = true };
        thread.Start();
        if (!thread.Join(Patience)) throw new TimeoutException($"It waits still after {Patience.TotalSeconds} s.");
        return thrown;
    }

    // A socket's address has room for about 107 bytes: from within its folder the name alone is enough.
    private static void Bind(Socket socket, string path)
    {
        var here = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N")[..8]);
        socket.Bind(new UnixDomainSocketEndPoint(here));
        // .NET removes the name when it closes the socket it has bound: it no longer finds it.
        File.Move(here, path);
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);
}

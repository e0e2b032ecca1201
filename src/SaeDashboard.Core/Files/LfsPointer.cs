using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SaeDashboard.Core.Files;

/// <summary>
/// What a clone made without Git LFS holds in place of a large file: a few lines of text under the file's own name (git-lfs's specification,
/// docs/spec.md). <see cref="RegularFile"/> asks here whenever it opens a file, so that no reader explains the text as damage of its own kind.
/// </summary>
internal static class LfsPointer
{
    // The specification's limit.
    private const long Longest = 1024;
    private const string SizeKey = "\nsize ";

    private static ReadOnlySpan<byte> Start => "version https://git-lfs.github.com/spec/"u8;

    /// <exception cref="UserException">The open file is a pointer; the message says how to fetch the file itself.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    public static void Refuse(SafeFileHandle file, string path, long length)
    {
        if (length <= Start.Length || length >= Longest) return;
        var bytes = new byte[length];
        var read = RandomAccess.Read(file, bytes, 0);
        if (!bytes.AsSpan(0, read).StartsWith(Start)) return;
        var text = Encoding.UTF8.GetString(bytes, 0, read);
        // Every pointer has both; a text that only begins like one is a text.
        if (!text.Contains("\noid ", StringComparison.Ordinal) || !text.Contains(SizeKey, StringComparison.Ordinal)) return;
        var size = text[(text.IndexOf(SizeKey, StringComparison.Ordinal) + SizeKey.Length)..].Split('\n')[0];
        throw new UserException($"{path} is a Git LFS pointer, not the file itself ({size} bytes). Fetch it: run \"git lfs install\" and \"git lfs pull\" in the clone, " +
            "or download the file from the page it comes from.");
    }
}

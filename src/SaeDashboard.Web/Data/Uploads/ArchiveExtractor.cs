using System.Formats.Tar;
using System.IO.Compression;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Runs;

namespace SaeDashboard.Web.Data.Uploads;

/// <summary>
/// Writes the files of a zip or tar file into a folder. Only regular files with relative names inside the folder; links, devices and names that lead
/// out are refused, hidden ones are passed over. The bytes that are written are counted, not those that the archive announces.
/// </summary>
/// <param name="folder">The folder, which exists.</param>
/// <param name="maxFiles">The most files.</param>
/// <param name="maxBytes">The most bytes.</param>
/// <param name="cancellation">Ends it.</param>
internal sealed class ArchiveExtractor(string folder, int maxFiles, long maxBytes, CancellationToken cancellation)
{
    private int files;
    private long bytes;

    /// <summary>Extracts one archive.</summary>
    /// <param name="archive">The file.</param>
    /// <param name="name">Its name, which says what kind it is, and for messages.</param>
    /// <exception cref="UserException">It is damaged, has a forbidden entry, or is too large.</exception>
    public void Extract(string archive, string name)
    {
        try
        {
            using var stream = RegularFile.OpenStream(archive, bufferSize: 1 << 16);
            if (name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)) ExtractZip(stream, name);
            else ExtractTar(stream, name);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new UserException($"{name} cannot be read: {error.Message} It is damaged, or no archive of its kind.", error);
        }
    }

    private void ExtractZip(Stream stream, string name)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
        foreach (var entry in zip.Entries)
        {
            if (entry.FullName.EndsWith('/')) continue;
            // The upper half of the attributes is the Unix mode: a link's content would be its target.
            const int fileType = 0xF000, regular = 0x8000;
            if (((entry.ExternalAttributes >> 16) & fileType) is not (0 or regular)) throw Forbidden(name, entry.FullName, "a link or a device");
            if (Target(name, entry.FullName) is not { } target) continue;
            using var content = entry.Open();
            Write(content, target, name);
        }
    }

    private void ExtractTar(Stream stream, string name)
    {
        using var plain = name.EndsWith("gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
        using var tar = new TarReader(plain);
        while (tar.GetNextEntry() is { } entry)
        {
            cancellation.ThrowIfCancellationRequested();
            if (entry.EntryType is TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes) continue;
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile)) throw Forbidden(name, entry.Name, "a link or a device");
            if (Target(name, entry.Name) is not { } target) continue;
            Write(entry.DataStream ?? Stream.Null, target, name);
        }
    }

    /// <summary>Where an entry goes; null: it is passed over.</summary>
    private string? Target(string archive, string entry)
    {
        var path = entry.StartsWith("./", StringComparison.Ordinal) ? entry[2..] : entry;
        var parts = path.Replace('\\', '/').Split('/');
        if (!parts.Contains("..") && (parts.Any(part => part.StartsWith('.')) || parts.Contains("__MACOSX"))) return null;
        if (UploadPaths.Clean(path) is not { } clean) throw Forbidden(archive, entry, "a name that leads out of the folder, or is too long");
        if (++files > maxFiles) throw new UserException(FormattableString.Invariant($"{archive} has more than {maxFiles:N0} files, the most at a time (Uploads:MaxFiles)."));
        var target = Path.GetFullPath(Path.Combine(folder, clean));
        // The cleaning above makes this certain; it is checked all the same, on what is opened.
        if (!target.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)) throw Forbidden(archive, entry, "a name that leads out of the folder");
        if (Path.Exists(target)) throw new UserException($"{archive} has {clean} twice.");
        return target;
    }

    private void Write(Stream content, string target, string archive)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var file = RegularFile.OpenOrCreate(target);
            var buffer = new byte[1 << 16];
            int read;
            while ((read = content.Read(buffer)) > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                bytes += read;
                if (bytes > maxBytes) throw new UserException($"{archive} holds more than {Format.Bytes(maxBytes)}, the most at a time (Uploads:MaxGigabytes).");
                file.Write(buffer, 0, read);
            }
            file.Flush(flushToDisk: true);
        }
        catch (IOException error) when (error is not EndOfStreamException)
        {
            throw AtomicFile.CannotWrite(target, error);
        }
    }

    private static UserException Forbidden(string archive, string entry, string what) => new($"{archive} was refused: its entry “{entry}” is {what}. Make the archive again with regular files only.");
}

using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Data;

/// <summary>How much room each part of the data folder takes. Counting may take seconds, so the last count is shown until the next is there.</summary>
internal sealed class DiskUse(DataRoot root)
{
    /// <summary>The last count; null before the first.</summary>
    public DiskCount? Latest { get; private set; }

    /// <summary>Counts again, on another thread.</summary>
    public Task<DiskCount> CountAsync(CancellationToken ct) => Task.Run(() =>
    {
        var parts = new[]
        {
            ("models", root.Models), ("datasets", root.Datasets), ("SAEs", root.Saes), ("activations", root.Activations),
            ("runs", root.Runs), ("takes", root.Takes), ("sounds", root.Sounds), ("uploads", root.Uploads), ("cache", root.Cache),
        }.Where(part => part.Item1 is not ("sounds" or "uploads") || Directory.Exists(part.Item2)).Select(part => new DiskPart(part.Item1, Bytes(part.Item2, ct))).ToArray();
        return Latest = new DiskCount(parts, new DriveInfo(root.Path).AvailableFreeSpace);
    }, ct);

    private static long Bytes(string folder, CancellationToken ct)
    {
        // Links are not followed: their targets are outside the data folder.
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        long bytes = 0;
        try
        {
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", options))
            {
                ct.ThrowIfCancellationRequested();
                if (file.Exists) bytes += file.Length;
            }
        }
        catch (IOException)
        {
            // A run or a take is being written: folders come and go while they are counted.
        }
        return bytes;
    }
}

/// <summary>Room taken and room left.</summary>
/// <param name="Parts">The data folder's parts.</param>
/// <param name="Free">Bytes left on its disk.</param>
internal sealed record DiskCount(IReadOnlyList<DiskPart> Parts, long Free);

/// <summary>Room that one part of the data folder takes.</summary>
/// <param name="Name">What it holds, for people.</param>
/// <param name="Bytes">Size of its files.</param>
internal sealed record DiskPart(string Name, long Bytes);

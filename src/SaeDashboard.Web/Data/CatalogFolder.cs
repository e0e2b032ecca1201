using System.Globalization;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Web.Data;

/// <summary>A folder that may hold a model, a data set or an SAE, as it was seen once.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Shipped">Whether it came with the program.</param>
/// <param name="Stamp">Names, sizes and times of the files that say what it is: while it is equal, nothing has changed.</param>
/// <param name="Bytes">Size of those files.</param>
/// <param name="ModifiedUtc">When the newest of them was written.</param>
internal sealed record CatalogFolder(string Path, bool Shipped, string Stamp, long Bytes, DateTimeOffset ModifiedUtc)
{
    private static readonly string[] Telling = [".json", ".jsonl", ".safetensors", ".model", ".bin", ".pt"];

    /// <summary>Looks at a folder; null when it is not there.</summary>
    public static CatalogFolder? Look(string path, bool shipped)
    {
        var folder = new DirectoryInfo(path);
        if (!folder.Exists) return null;
        try
        {
            // Audio files are passed over by their names: a set may have a hundred thousand.
            var files = folder.EnumerateFiles().Where(file => Telling.Contains(file.Extension)).OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
            var index = new DirectoryInfo(System.IO.Path.Combine(path, "index"));
            if (index.Exists) files.AddRange(index.EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal));
            var seen = string.Join('|', files.Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}")));
            return new CatalogFolder(path, shipped, Hashing.Sha256(System.Text.Encoding.UTF8.GetBytes(seen)), files.Sum(file => file.Length),
                files.Count > 0 ? files.Max(file => file.LastWriteTimeUtc) : folder.LastWriteTimeUtc);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Gone, or closed to us, between two looks: reading it will say which.
            return new CatalogFolder(path, shipped, "unreadable", 0, default);
        }
    }
}

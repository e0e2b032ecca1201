using System.Collections.Concurrent;

namespace SaeDashboard.Web.Features;

/// <summary>
/// What was opened of folders that others may replace: kept while the folder's stamp is the same, opened again when it is another. The older one
/// is left to those who still read it, and its file is closed when the last of them has forgotten it.
/// </summary>
internal sealed class OpenFolders<T>
{
    private readonly ConcurrentDictionary<string, (string Stamp, Lazy<T> Opened)> folders = new(StringComparer.Ordinal);

    /// <summary>Gives what is open, or opens it. An opening that failed is tried again.</summary>
    /// <param name="folder">Which.</param>
    /// <param name="stamp">What the catalog saw of its files: <see cref="Data.CatalogEntry.Stamp"/>.</param>
    /// <param name="open">Opens it.</param>
    public T Open(string folder, string stamp, Func<T> open)
    {
        var known = folders.AddOrUpdate(folder, _ => (stamp, new Lazy<T>(open)), (_, was) => was.Stamp == stamp ? was : (stamp, new Lazy<T>(open)));
        try
        {
            return known.Opened.Value;
        }
        catch
        {
            folders.TryRemove(new(folder, known));
            throw;
        }
    }
}

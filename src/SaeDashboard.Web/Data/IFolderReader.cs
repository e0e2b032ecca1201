using SaeDashboard.Core;

namespace SaeDashboard.Web.Data;

/// <summary>Reads one kind of folder.</summary>
internal interface IFolderReader<T> where T : CatalogEntry
{
    /// <summary>What the folder says of itself; quick. State, hashes and size are filled in by the catalog.</summary>
    /// <exception cref="UserException">It cannot be used.</exception>
    T Read(CatalogFolder folder, T blank);

    /// <summary>Reads all of it; slow for large models.</summary>
    /// <exception cref="UserException">It cannot be read.</exception>
    CatalogHashes Hash(CatalogFolder folder);

    /// <summary>The entry with its hashes.</summary>
    T With(T entry, CatalogHashes hashes);

    /// <summary>An entry of which only name and place are known.</summary>
    T Blank(string id, string name, string path);
}

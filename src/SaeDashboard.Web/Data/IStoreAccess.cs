using SaeDashboard.Core;

namespace SaeDashboard.Web.Data;

/// <summary>
/// How the site's services reach what people wrote, and how they list folders: the one place where that is counted, and where a write that
/// failed gets its message. Pages are given snapshots; a test holds their renders to none of these calls.
/// </summary>
public interface IStoreAccess
{
    /// <summary>Reads from the store.</summary>
    T Read<T>(Func<T> work);

    /// <summary>Writes to the store.</summary>
    /// <exception cref="UserException">Nothing of it was kept; the message says why and what to do.</exception>
    T Write<T>(Func<T> work);

    /// <summary>Lists a folder.</summary>
    T Scan<T>(Func<T> work);

    /// <inheritdoc cref="Write{T}"/>
    void Write(Action work) => Write(() =>
    {
        work();
        return true;
    });
}

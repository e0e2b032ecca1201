using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Data;

/// <inheritdoc cref="IStoreAccess"/>
internal sealed partial class StoreAccess(DiskProbe disk, ILogger<StoreAccess> log) : IStoreAccess
{
    public T Read<T>(Func<T> work) => work();

    public T Scan<T>(Func<T> work) => work();

    public T Write<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (error is not (UserException or LabelConflictException or CommentConflictException or QueueConflictException or AnnotationConflictException))
        {
            // Whatever the store throws, a person gets the reason if the disk is one, and never an empty answer of 500.
            WriteFailed(error);
            throw new UserException(disk.Problem() ?? NotSaved(error), error);
        }
    }

    /// <summary>What is said of a failure that is neither the disk's nor a refusal.</summary>
    public static string NotSaved(Exception error) => $"Not saved: {error.Message} Try again; the site's log has the details.";

    [LoggerMessage(Level = LogLevel.Error, Message = "A write to the store failed")]
    private partial void WriteFailed(Exception error);
}

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

/// <summary>What a person should know of the files that hold what people write. In memory: a page may ask at each render.</summary>
public sealed class StoreNotices(Database database)
{
    /// <summary>What was repaired when they were opened, and what is wrong now. Empty: all is well.</summary>
    public IReadOnlyList<string> All => database.Notices;
}

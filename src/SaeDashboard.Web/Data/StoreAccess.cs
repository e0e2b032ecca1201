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
        catch (Exception error) when (error is not (UserException or LabelConflictException))
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

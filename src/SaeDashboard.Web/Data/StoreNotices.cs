using SaeDashboard.Storage;

namespace SaeDashboard.Web.Data;

/// <summary>What a person should know of the files that hold what people write. In memory: a page may ask at each render.</summary>
public sealed class StoreNotices(Database database)
{
    /// <summary>What was repaired when they were opened, and what is wrong now. Empty: all is well.</summary>
    public IReadOnlyList<string> All => database.Notices;
}

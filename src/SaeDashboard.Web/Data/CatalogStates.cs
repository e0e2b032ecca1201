namespace SaeDashboard.Web.Data;

/// <summary>How far something in the catalog is known.</summary>
public static class CatalogStates
{
    /// <summary>It can be used, and its hash is known.</summary>
    public const string Ready = "ready";

    /// <summary>It is sound as far as seen; its hash is still being computed.</summary>
    public const string Reading = "reading";

    /// <summary>It cannot be used; the problem says why.</summary>
    public const string Refused = "refused";
}

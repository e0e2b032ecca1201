namespace SaeDashboard.Web.Data;

/// <summary>How far something in the catalog is known.</summary>
public enum CatalogState
{
    /// <summary>It can be used, and its hash is known.</summary>
    Ready,

    /// <summary>It is sound as far as seen; its hash is still being computed.</summary>
    Reading,

    /// <summary>It cannot be used; the problem says why.</summary>
    Refused,
}

namespace SaeDashboard.Storage.Exchange;

/// <summary>People's ids across machines: “local” here is “local@5f0c11aa” elsewhere, and “local” again when it comes back.</summary>
internal static class SiteIds
{
    private const char Mark = '@';
    private const int SiteLength = 8;

    /// <summary>The id as other machines know it.</summary>
    public static string Outside(string id, string site) => IsForeign(id) ? id : $"{id}{Mark}{site}";

    /// <summary>The id as it is kept here.</summary>
    public static string Inside(string id, string site) => IsForeign(id) && id.EndsWith(site, StringComparison.Ordinal) ? id[..^(SiteLength + 1)] : id;

    private static bool IsForeign(string id) => id.Length > SiteLength + 1 && id[^(SiteLength + 1)] == Mark && id.TakeLast(SiteLength).All(char.IsAsciiHexDigitLower);
}

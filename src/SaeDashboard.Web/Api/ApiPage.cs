using System.Globalization;

namespace SaeDashboard.Web.Api;

/// <summary>A part of a list. Follow <c>next</c> until it is null to read the whole list.</summary>
/// <param name="Items">The items of this part, in the list's order.</param>
/// <param name="Total">Items of the whole list, with the query's conditions. <example>1404</example></param>
/// <param name="Offset">Items before this part. <example>0</example></param>
/// <param name="Limit">Items that a part has at most. <example>50</example></param>
/// <param name="Next">The address of the next part, from the site's root; null: this is the last.</param>
public sealed record ApiPage<T>(IReadOnlyList<T> Items, int Total, int Offset, int Limit, string? Next);

/// <summary>How every list of the API is cut into parts.</summary>
internal static class ApiPaging
{
    /// <summary>Items of the largest part.</summary>
    public const int MaxLimit = 1000;

    private const int DefaultLimit = 50;

    public static ApiParameter Limit { get; } = ApiParameter.Whole("limit", $"How many items to give. At most {MaxLimit}.", 1, MaxLimit, DefaultLimit);

    public static ApiParameter Offset { get; } = ApiParameter.Whole("offset", "How many items to leave out from the beginning.", 0, int.MaxValue, 0);

    /// <summary>The part that a request asks for.</summary>
    /// <param name="context">The request.</param>
    /// <param name="all">The whole list, in order.</param>
    /// <param name="make">Makes an item of the answer: only those of the part are made.</param>
    public static ApiPage<TItem> Of<T, TItem>(HttpContext context, IReadOnlyList<T> all, Func<T, TItem> make)
    {
        var query = new ApiQuery(context.Request);
        var (limit, offset) = (query.Whole(Limit), query.Whole(Offset));
        var items = new List<TItem>(Math.Min(limit, Math.Max(0, all.Count - offset)));
        for (var at = offset; at < all.Count && items.Count < limit; at++) items.Add(make(all[at]));
        return new ApiPage<TItem>(items, all.Count, offset, limit, (long)offset + limit < all.Count ? Next(context.Request, offset + limit) : null);
    }

    /// <summary>The same address with another offset: every other parameter stays.</summary>
    private static string Next(HttpRequest request, int offset)
    {
        var query = request.Query.Where(pair => pair.Key != Offset.Name)
            .SelectMany(pair => pair.Value.Select(value => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(value ?? "")}"))
            .Append($"{Offset.Name}={offset.ToString(CultureInfo.InvariantCulture)}");
        return $"{request.PathBase}{request.Path}?{string.Join('&', query)}";
    }
}

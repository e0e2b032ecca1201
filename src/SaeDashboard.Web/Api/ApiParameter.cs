using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace SaeDashboard.Web.Api;

/// <summary>What a query parameter's value is.</summary>
internal enum ApiValueKind
{
    Text,
    Whole,
    Number,
    Flag,
    Word,
}

/// <summary>
/// A query parameter of the API, stated once: the document describes it, a request's value is checked against it, and the endpoint reads it.
/// </summary>
/// <param name="Name">Its name in the query string.</param>
/// <param name="Kind">What its value is.</param>
/// <param name="Description">What it does, with the unit.</param>
internal sealed record ApiParameter(string Name, ApiValueKind Kind, string Description)
{
    private const int LongestShown = 60;

    /// <summary>The least value of a number, or null.</summary>
    public double? Least { get; init; }

    /// <summary>The largest value of a number, or of a text its most characters.</summary>
    public double? Most { get; init; }

    /// <summary>The words that are allowed.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>The value that a request without it has, as it is written in the query string; null: none.</summary>
    public string? Default { get; init; }

    /// <summary>A value for the document.</summary>
    public string? Example { get; init; }

    /// <summary>Why a text is refused that is not too long; null: every text is taken.</summary>
    public Func<string, string?>? Check { get; init; }

    /// <summary>Text of at most so many characters.</summary>
    public static ApiParameter Text(string name, string description, int most, string? example = null) => new(name, ApiValueKind.Text, description) { Most = most, Example = example };

    /// <summary>A whole number.</summary>
    public static ApiParameter Whole(string name, string description, long least, long most, long? @default = null, string? example = null) =>
        new(name, ApiValueKind.Whole, description) { Least = least, Most = most, Default = @default?.ToString(CultureInfo.InvariantCulture), Example = example };

    /// <summary>A number with decimals.</summary>
    public static ApiParameter Number(string name, string description, double least, double? most = null, string? example = null) =>
        new(name, ApiValueKind.Number, description) { Least = least, Most = most, Example = example };

    /// <summary>True or false; 1 and 0 mean the same, as in the addresses of pages.</summary>
    public static ApiParameter Flag(string name, string description, bool @default = false) => new(name, ApiValueKind.Flag, description) { Default = @default ? "true" : "false" };

    /// <summary>A value of an enumeration, by its name.</summary>
    public static ApiParameter Word<T>(string name, string description, T? @default) where T : struct, Enum =>
        new(name, ApiValueKind.Word, description) { Words = EnumJson.All<T>(), Default = @default is { } value ? value.Name() : null };

    /// <summary>Why a value is refused: the value, and what is allowed. Null: it is taken.</summary>
    public string? Refuse(string value) => Kind switch
    {
        ApiValueKind.Text => value.Length > Most ? string.Create(CultureInfo.InvariantCulture, $"{Name} has {value.Length} characters; {Most} is the most.") : Check?.Invoke(value),
        ApiValueKind.Whole => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) && !(whole < Least) && !(whole > Most) ? null
            : string.Create(CultureInfo.InvariantCulture, $"{Name} is “{Shown(value)}”; it is a whole number from {Least:0} to {Most:0}."),
        ApiValueKind.Number => double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && !(number < Least) && !(number > Most) ? null
            // As pages write numbers into addresses: digits and a point.
            : string.Create(CultureInfo.InvariantCulture, $"{Name} is “{Shown(value)}”; it is a number {(Most is { } most ? $"from {Least} to {most}" : $"of {Least} or more")}, with a decimal point."),
        ApiValueKind.Flag => FlagOf(value) is null ? $"{Name} is “{Shown(value)}”; it is true or false." : null,
        ApiValueKind.Word => Words.Contains(value, StringComparer.OrdinalIgnoreCase) ? null : $"{Name} is “{Shown(value)}”; it is one of {string.Join(", ", Words)}.",
        _ => null,
    };

    /// <summary>A flag's value; null: it is none.</summary>
    public static bool? FlagOf(string value) => value switch
    {
        "true" or "1" => true,
        "false" or "0" => false,
        _ => null,
    };

    /// <summary>The beginning of a value, for a message.</summary>
    public static string Shown(string value) => value.Length <= LongestShown ? value : value[..LongestShown] + "…";
}

/// <summary>The query parameters of an endpoint. Metadata of the endpoint.</summary>
internal sealed record ApiParameters(IReadOnlyList<ApiParameter> All);

/// <summary>A request's query parameters, which <see cref="ApiQueryFilter"/> has checked.</summary>
internal sealed class ApiQuery(HttpRequest request)
{
    /// <summary>The value as it was sent, or the default; null: neither.</summary>
    public string? Raw(ApiParameter parameter) => request.Query[parameter.Name] is [{ } value] ? value : parameter.Default;

    public string? Text(ApiParameter parameter) => Raw(parameter)?.Trim() is { Length: > 0 } text ? text : null;

    public int Whole(ApiParameter parameter) => int.Parse(Raw(parameter)!, CultureInfo.InvariantCulture);

    public double? Number(ApiParameter parameter) => Raw(parameter) is { } value ? double.Parse(value, CultureInfo.InvariantCulture) : null;

    public bool Flag(ApiParameter parameter) => ApiParameter.FlagOf(Raw(parameter)!)!.Value;

    public T? Word<T>(ApiParameter parameter) where T : struct, Enum => EnumJson.Parse<T>(Raw(parameter));
}

/// <summary>The one rule for what a query may say: of the API, where a refused value is an error, and of a page, which says what it left out.</summary>
internal static class ApiQueryCheck
{
    /// <summary>What is refused in a query, with the reason; the parameter is null where the name is unknown.</summary>
    public static IEnumerable<(string Name, string Reason, ApiParameter? Parameter)> Refused(IReadOnlyList<ApiParameter> known, IEnumerable<KeyValuePair<string, StringValues>> query)
    {
        foreach (var (name, values) in query)
        {
            var parameter = known.FirstOrDefault(each => string.Equals(each.Name, name, StringComparison.OrdinalIgnoreCase));
            var reason = parameter is null ? $"“{ApiParameter.Shown(name)}” is not a parameter of this address; {(known.Count == 0 ? "it takes none." : $"it takes {string.Join(", ", known.Select(each => each.Name))}.")}"
                : values is not [{ } value] ? $"{name} is there {values.Count} times; give it once."
                : parameter.Refuse(value);
            if (reason is not null) yield return (name, reason, parameter);
        }
    }
}

/// <summary>
/// Checks the query of every request to the API: an unknown name, a name that is there twice and a value that is not allowed are errors, all of
/// them named at once. A mistyped filter must not give a notebook the unfiltered list.
/// </summary>
internal sealed class ApiQueryFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var known = http.GetEndpoint()?.Metadata.GetMetadata<ApiParameters>()?.All ?? [];
        var wrong = ApiQueryCheck.Refused(known, http.Request.Query).ToDictionary(each => each.Name, each => new[] { each.Reason }, StringComparer.Ordinal);
        if (wrong.Count == 0) return await next(context);
        http.Response.StatusCode = StatusCodes.Status200OK;
        return ApiProblems.BadQuery(wrong);
    }
}

using System.Reflection;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Storage;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Tests.Identity;

/// <summary>Who may what: the table of docs/access.md, and the same from the endpoints of a site.</summary>
internal static class AccessTable
{
    /// <summary>The columns: who is signed out, and every role.</summary>
    public static IReadOnlyList<AccountRole?> Columns { get; } = [null, .. Enum.GetValues<AccountRole>()];

    private const string Head = "| what | signed out | viewer | annotator | researcher | admin |", Files = "the site's own files (styles, scripts, fonts, icons)";

    public static string Path => Repository.At("docs", "access.md");

    /// <summary>The rows of the document: what, and for each column whether it is allowed.</summary>
    public static Dictionary<string, bool[]> Read() => File.ReadLines(Path).SkipWhile(line => line != Head).Skip(2).TakeWhile(line => line.StartsWith('|'))
        .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries)).ToDictionary(cells => cells[0].Trim('`'), cells => cells[1..].Select(cell => cell switch
        {
            "yes" => true,
            "–" => false,
            _ => throw new InvalidDataException($"{cells[0]}: “{cell}” is neither yes nor –"),
        }).ToArray(), StringComparer.Ordinal);

    /// <summary>Puts the rows into the document.</summary>
    public static void Write(Dictionary<string, bool[]> rows)
    {
        var text = new StringBuilder();
        foreach (var line in File.ReadLines(Path).TakeWhile(line => line != Head)) text.AppendLine(line);
        text.AppendLine(Head).AppendLine("|---|---|---|---|---|---|");
        foreach (var (what, allowed) in rows.OrderBy(row => Order(row.Key), StringComparer.Ordinal))
            text.AppendLine($"| {(what == Files ? what : $"`{what}`")} | {string.Join(" | ", allowed.Select(each => each ? "yes" : "–"))} |");
        File.WriteAllText(Path, text.ToString());
    }

    /// <summary>What the policies of a site's endpoints and hub methods allow.</summary>
    public static async Task<Dictionary<string, bool[]>> OfAsync(WebApplication site)
    {
        var rows = new Dictionary<string, bool[]>(StringComparer.Ordinal);
        foreach (var endpoint in Endpoints(site))
        {
            var data = endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>();
            var isOpen = endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;
            foreach (var what in Names(endpoint)) rows[what] = await AllowedAsync(site, isOpen, data);
            if (endpoint.Metadata.GetMetadata<HubMetadata>()?.HubType is not { } hub || hub.Assembly != typeof(Access).Assembly) continue;
            foreach (var method in hub.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(method => !method.IsVirtual))
                rows[$"call {endpoint.RoutePattern.RawText!.Replace("/negotiate", "", StringComparison.Ordinal)} {method.Name}"] = await AllowedAsync(site, isOpen, [.. data, .. hub.GetCustomAttributes<AuthorizeAttribute>(), .. method.GetCustomAttributes<AuthorizeAttribute>()]);
        }
        return rows;
    }

    /// <summary>The endpoints that can be asked.</summary>
    public static IEnumerable<RouteEndpoint> Endpoints(WebApplication site) => ((IEndpointRouteBuilder)site).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        // Looks for files that came after the build, on a developer's machine alone; the fallback policy covers it.
        .Where(endpoint => endpoint.RoutePattern.RawText != "{**path:file}");

    /// <summary>What an endpoint is called in the table, once for each of its methods.</summary>
    public static IEnumerable<string> Names(RouteEndpoint endpoint)
    {
        var path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/');
        if (endpoint.Metadata.Any(item => item.GetType().Name == "StaticAssetDescriptor")) return [Files];
        if (endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is not null) return [$"page {path}"];
        return (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : ["ANY"]).Where(method => method != "HEAD").Select(method => $"{method} {path}");
    }

    private static async Task<bool[]> AllowedAsync(WebApplication site, bool isOpen, IReadOnlyList<IAuthorizeData> data)
    {
        if (isOpen) return [.. Columns.Select(_ => true)];
        var policies = site.Services.GetRequiredService<IAuthorizationPolicyProvider>();
        var policy = await AuthorizationPolicy.CombineAsync(policies, data) ?? (await policies.GetFallbackPolicyAsync())!;
        var allowed = new List<bool>();
        await using var scope = site.Services.CreateAsyncScope();
        var service = scope.ServiceProvider.GetRequiredService<IAuthorizationService>();
        foreach (var column in Columns)
        {
            var who = column is { } role ? LocalPerson.Principal(new Actor("x", "X") { May = RightsRules.Of(role), Session = "session" }) : new ClaimsPrincipal(new ClaimsIdentity());
            allowed.Add((await service.AuthorizeAsync(who, null, policy)).Succeeded);
        }
        return [.. allowed];
    }

    // Pages first, then the API by address, then the rest.
    private static string Order(string what) => what.StartsWith("page ", StringComparison.Ordinal) ? "0" + what
        : what.Contains(" /api", StringComparison.Ordinal) ? "1" + what[what.IndexOf('/', StringComparison.Ordinal)..] + what : "2" + what;
}

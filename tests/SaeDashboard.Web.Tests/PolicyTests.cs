using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Tests;

/// <summary>Every page, hub, file and endpoint asks who is there, but for a few that are named here.</summary>
public sealed class PolicyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Every_endpoint_has_a_policy_that_asks_for_a_person()
    {
        await using var app = Site.Build(["--data", folder.Path, "--port", "0"]);
        var endpoints = ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().ToArray();
        Assert.Contains(endpoints, endpoint => endpoint.RoutePattern.RawText == "/runs");
        var policies = app.Services.GetRequiredService<IAuthorizationPolicyProvider>();
        var open = new List<string>();
        foreach (var endpoint in endpoints)
        {
            var path = endpoint.RoutePattern.RawText ?? "";
            if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            {
                if (!MayBeOpen(endpoint, path)) open.Add($"{path} lets everybody in");
                continue;
            }
            var policy = await AuthorizationPolicy.CombineAsync(policies, endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>()) ?? await policies.GetFallbackPolicyAsync();
            if (policy?.Requirements.Any(requirement => requirement is Microsoft.AspNetCore.Authorization.Infrastructure.DenyAnonymousAuthorizationRequirement) != true) open.Add($"{path} has no policy");
        }
        Assert.True(open.Count == 0, string.Join(Environment.NewLine, open));
    }

    /// <summary>Health, the pages and forms at the door, and the site's own files: styles, scripts, fonts, icons. Never what people made.</summary>
    private static bool MayBeOpen(RouteEndpoint endpoint, string path) =>
        path is "/health/live" or "/health/ready" or "/sign-in" or "/setup" or "/invite/{Word}" or "/sign-in/password" or "/sign-in/token" or "/setup/account" or "/invite/account" or "/scalar/scalar.js" or "/scalar/scalar.aspnetcore.js" or "/scalar/favicon.svg" || endpoint.Metadata.Any(item => item.GetType().Name == "StaticAssetDescriptor");
}

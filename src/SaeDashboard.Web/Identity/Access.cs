using Microsoft.AspNetCore.Authorization;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Identity;

/// <summary>The named policies, and how endpoints get theirs. docs/access.md says what each role may; a test holds every endpoint to it.</summary>
public static class Access
{
    /// <summary>Everybody who is signed in, by a browser or a key, and may read.</summary>
    public const string Read = "read";

    /// <summary>Who may annotate.</summary>
    public const string Annotate = "annotate";

    /// <summary>Who may make music and presets.</summary>
    public const string Generate = "generate";

    /// <summary>Who may start runs, bring data and spend money.</summary>
    public const string Research = "research";

    /// <summary>Who decides who is here.</summary>
    public const string Admin = "admin";

    /// <summary>A person at a browser: what changes passwords, keys and sessions takes no key.</summary>
    public const string Browser = "browser";

    /// <summary>A site without accounts, where a person says who they are.</summary>
    public const string Named = "named";

    /// <summary>Adds the policies; what has none of its own is read.</summary>
    public static void AddPolicies(AuthorizationBuilder authorization)
    {
        ArgumentNullException.ThrowIfNull(authorization);
        foreach (var right in RightsRules.Each) authorization.AddPolicy(RightsRules.Word(right), Policy(new RightRequirement(right)));
        authorization.AddPolicy(Browser, Policy(new RightRequirement(Rights.Read), new BrowserRequirement()));
        authorization.AddPolicy(Named, Policy(new RightRequirement(Rights.Read), new NamedRequirement()));
        authorization.SetFallbackPolicy(Policy(new RightRequirement(Rights.Read)));
    }

    /// <summary>What an endpoint asks for, in place of its group's.</summary>
    public static T Needs<T>(this T endpoint, string policy) where T : IEndpointConventionBuilder => endpoint.WithMetadata(new NeededPolicy(policy));

    /// <summary>What the endpoints of a group ask for that name nothing themselves: those that only read ask for <see cref="Read"/>, the others for this.</summary>
    public static T Writes<T>(this T group, string policy) where T : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(group);
        group.Finally(endpoint =>
        {
            if (endpoint.Metadata.Any(item => item is IAuthorizeData or IAllowAnonymous)) return;
            if (endpoint.Metadata.OfType<NeededPolicy>().LastOrDefault() is { } named)
            {
                endpoint.Metadata.Add(new AuthorizeAttribute(named.Policy));
                return;
            }
            var methods = endpoint.Metadata.OfType<HttpMethodMetadata>().LastOrDefault()?.HttpMethods;
            var reads = methods is { Count: > 0 } && methods.All(method => HttpMethods.IsGet(method) || HttpMethods.IsHead(method));
            endpoint.Metadata.Add(new AuthorizeAttribute(reads ? Read : policy));
        });
        return group;
    }

    private static AuthorizationPolicy Policy(params IAuthorizationRequirement[] requirements) =>
        new AuthorizationPolicyBuilder().RequireAuthenticatedUser().AddRequirements(requirements).Build();
}

/// <summary>The policy that an endpoint names in place of its group's.</summary>
internal sealed record NeededPolicy(string Policy);

/// <summary>The right that a principal must have.</summary>
internal sealed record RightRequirement(Rights Right) : IAuthorizationRequirement;

/// <summary>A browser, not a key.</summary>
internal sealed record BrowserRequirement : IAuthorizationRequirement;

/// <summary>A site without accounts.</summary>
internal sealed record NamedRequirement : IAuthorizationRequirement;

/// <summary>Answers the requirements from a principal's claims, which were made from the store for this request.</summary>
internal sealed class RightHandler(AccessMode mode) : IAuthorizationHandler
{
    public Task HandleAsync(AuthorizationHandlerContext context)
    {
        foreach (var requirement in context.PendingRequirements.ToArray())
        {
            var met = requirement switch
            {
                RightRequirement asked => context.User.May().HasFlag(asked.Right),
                BrowserRequirement => context.User.Identity?.AuthenticationType != KeySignIn.SchemeName,
                NamedRequirement => mode.Kind != AccessKind.Accounts,
                _ => false,
            };
            if (met) context.Succeed(requirement);
        }
        return Task.CompletedTask;
    }
}

using Microsoft.AspNetCore.Authorization;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Identity;

/// <summary>Who is who: the local cookie, and the policy that covers whatever says nothing of its own.</summary>
internal static class IdentityTopic
{
    public static void AddIdentityTopic(this IServiceCollection services)
    {
        services.AddAuthentication(LocalPerson.Scheme).AddCookie(LocalPerson.Scheme, cookie =>
        {
            cookie.Cookie.Name = "saedashboard";
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Strict;
            cookie.ExpireTimeSpan = TimeSpan.FromDays(90);
            cookie.SlidingExpiration = true;
            cookie.Events.OnRedirectToLogin = context =>
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return Task.CompletedTask;
            };
        });
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.AddCascadingAuthenticationState();
        services.AddScoped<ActorAccessor>();
        services.AddScoped<PageWrites>();
        // The one person on this machine, as the database knows them.
        services.AddSingleton(provider => provider.GetRequiredService<UserRepository>().Local(Environment.UserName));
    }
}

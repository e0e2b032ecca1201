using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace SaeDashboard.Web.Identity;

/// <summary>What the forms of the pages at the door send. They are plain forms with an anti-forgery token, which work without a circuit; each answers with another page.</summary>
internal static class AccountEndpoints
{
    /// <summary>The rate limit by address, for who is not signed in yet.</summary>
    public const string DoorLimit = "door";

    private const int MaxBytes = 16 << 10;

    public static void AddDoorLimit(this IServiceCollection services) => services.AddRateLimiter(limiter =>
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.AddPolicy(DoorLimit, context => RateLimitPartition.GetFixedWindowLimiter(context.Connection.RemoteIpAddress?.ToString() ?? "", _ => new FixedWindowRateLimiterOptions
        {
            PermitLimit = context.RequestServices.GetRequiredService<IOptions<AccountOptions>>().Value.AttemptsPerMinute,
            Window = TimeSpan.FromMinutes(1),
            QueueLimit = 0,
        }));
        limiter.OnRejected = async (rejected, cancellation) =>
        {
            var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? (int)Math.Ceiling(after.TotalSeconds) : 60;
            rejected.HttpContext.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
            await rejected.HttpContext.Response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"Too many attempts from this address. Wait {wait} s, go back, and try again."), cancellation);
        };
    });

    public static void MapAccounts(this WebApplication app)
    {
        var door = app.MapGroup("").AllowAnonymous().RequireRateLimiting(DoorLimit).WithMetadata(new RequestSizeLimitAttribute(MaxBytes)).ExcludeFromDescription();
        door.MapPost("/sign-in/password", async ([FromForm] string? name, [FromForm] string? password, [FromForm] string? to, HttpContext context, SignIns signIns, AccessMode mode) =>
        {
            if (mode.Kind != AccessKind.Accounts) return Results.LocalRedirect(Address(to));
            var (account, problem) = await signIns.PasswordAsync(name, password);
            if (account is null) return Again(context, "/sign-in", problem!, ("name", name), ("to", to));
            await signIns.BeginAsync(context, account);
            return Results.LocalRedirect(Address(to));
        });
        door.MapPost("/sign-in/token", async ([FromForm] string? token, [FromForm] string? to, HttpContext context, AccessMode mode, LocalUser person) =>
        {
            if (mode.Kind != AccessKind.Token || !mode.IsToken(token)) return Again(context, "/sign-in", "This is not the access token.", ("to", to));
            await context.SignInAsync(LocalPerson.Scheme, WhoIsThere.Bearer(person.Current, mode), new AuthenticationProperties { IsPersistent = true });
            return Results.LocalRedirect(Address(to));
        });
        door.MapPost("/setup/account", async ([FromForm] string? word, [FromForm] string? name, [FromForm] string? password, [FromForm] string? person, HttpContext context, SignIns signIns, AccessMode mode) =>
        {
            if (!mode.IsSetup(word)) return Again(context, "/setup", "", ("word", word));
            var (account, problem) = await signIns.SetUpAsync(name, password, person);
            if (account is null) return Again(context, "/setup", problem!, ("word", word), ("name", name));
            await signIns.BeginAsync(context, account);
            return Results.LocalRedirect("/admin/users");
        });
        door.MapPost("/invite/account", async ([FromForm] string? word, [FromForm] string? name, [FromForm] string? password, HttpContext context, SignIns signIns, AccessMode mode) =>
        {
            var (account, problem) = mode.Kind == AccessKind.Accounts ? await signIns.AcceptAsync(word, name, password) : (null, "");
            if (account is null) return Again(context, "/invite/" + Uri.EscapeDataString(word is { Length: > 0 and < 200 } ? word : "none"), problem!, ("name", name));
            await signIns.BeginAsync(context, account);
            return Results.LocalRedirect("/");
        });

        var own = app.MapGroup("").RequireAuthorization(Access.Browser).WithMetadata(new RequestSizeLimitAttribute(MaxBytes)).ExcludeFromDescription();
        own.MapPost("/sign-out", async ([FromForm] string? to, HttpContext context, SignIns signIns) =>
        {
            _ = to;
            await signIns.EndAsync(context);
            return Results.LocalRedirect("/sign-in");
        });
        own.MapPost("/account/password", async ([FromForm] string? current, [FromForm] string? next, HttpContext context, SignIns signIns) =>
        {
            var (account, problem) = await signIns.ChangePasswordAsync(context.User.ToActor(), current, next);
            if (account is null) return Again(context, "/account", problem!);
            // The others are signed out by it; this browser stays signed in.
            await signIns.BeginAsync(context, account);
            return Results.LocalRedirect("/account?done=password");
        });
        own.MapPost("/account/sign-out-everywhere", async ([FromForm] string? to, HttpContext context, SignIns signIns) =>
        {
            _ = to;
            var actor = context.User.ToActor();
            if (await signIns.SignOutEverywhereAsync(actor.UserId, actor) is { } problem) return Again(context, "/account", problem);
            await context.SignOutAsync(LocalPerson.Scheme);
            return Results.LocalRedirect("/sign-in?done=everywhere");
        });
    }

    /// <summary>An address of this site; the first page in place of anything else.</summary>
    internal static string Address(string? to) => to is { Length: > 1 and < 2000 } && to[0] == '/' && to[1] is not ('/' or '\\') && !to.Any(char.IsControl) ? to : "/";

    /// <summary>The page of the form once more, which says what was wrong.</summary>
    private static IResult Again(HttpContext context, string page, string problem, params (string Name, string? Value)[] kept)
    {
        var query = QueryString.Create(kept.Where(pair => pair.Value is { Length: > 0 and < 500 }).Append(("problem", context.RequestServices.GetRequiredService<DoorNotes>().Write(problem))).Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2)));
        return Results.LocalRedirect(page + query.ToUriComponent());
    }
}

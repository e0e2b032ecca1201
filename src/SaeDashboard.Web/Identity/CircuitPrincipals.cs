using System.Collections.Concurrent;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace SaeDashboard.Web.Identity;

/// <summary>Looks again and again whether who has a page open is still signed in; the page then says so. What they write is checked by the store at once.</summary>
internal sealed class CircuitPrincipals(ILoggerFactory logs, AccountDirectory directory, IOptions<AccountOptions> options) : RevalidatingServerAuthenticationStateProvider(logs)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(options.Value.RevalidateSeconds);

    protected override Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        Task.FromResult(directory.Now(authenticationState.User) is not null);
}

/// <summary>The site's own hubs serve who is signed in: a connection of a person who is not any more is ended at its next call, or soon.</summary>
internal sealed class HubGuard(AccountDirectory directory, IOptions<AccountOptions> options) : BackgroundService, IHubFilter
{
    private readonly ConcurrentDictionary<string, HubCallerContext> open = new(StringComparer.Ordinal);

    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        if (IsIn(invocationContext.Context)) return await next(invocationContext);
        invocationContext.Context.Abort();
        throw new HubException("You are signed out. Sign in again.");
    }

    public Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        open[context.Context.ConnectionId] = context.Context;
        return next(context);
    }

    public Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        open.TryRemove(context.Context.ConnectionId, out _);
        return next(context, exception);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.RevalidateSeconds));
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var connection in open.Values.Where(connection => !IsIn(connection))) connection.Abort();
        }
    }

    private bool IsIn(HubCallerContext connection) => connection.User is { } user && directory.Now(user) is not null;
}

using Microsoft.AspNetCore.Components.Authorization;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Identity;

/// <summary>What a person changes from a page: in their name, away from the circuit so that keys never wait for the disk, and with what went wrong as a message. Scoped.</summary>
public sealed partial class PageWrites(ActorAccessor actors, ILogger<PageWrites> log)
{
    /// <summary>Runs a write.</summary>
    /// <returns>What went wrong, for the page; null: it is saved.</returns>
    public async Task<string?> TryAsync(Action<Actor> write)
    {
        try
        {
            var actor = await actors.GetAsync();
            await Task.Run(() => write(actor));
            return null;
        }
        catch (UserException error)
        {
            return error.Message;
        }
        catch (Exception error)
        {
            WriteFailed(error);
            return StoreAccess.NotSaved(error);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A page's write failed")]
    private partial void WriteFailed(Exception error);
}

/// <summary>Who the person at a circuit is, and what they may do now. Scoped; for components (endpoints use <c>HttpContext.User.ToActor()</c>).</summary>
public sealed class ActorAccessor(AuthenticationStateProvider authentication, IPeopleNow people)
{
    /// <summary>The actor of this circuit, by the name they have now.</summary>
    /// <exception cref="UserException">They are signed out.</exception>
    public async Task<Actor> GetAsync() => people.Now((await authentication.GetAuthenticationStateAsync()).User) ?? throw new UserException("You are signed out. Sign in again: nothing of this was kept.");
}

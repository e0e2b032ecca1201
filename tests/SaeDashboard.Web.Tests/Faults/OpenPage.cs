using Bunit;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using MudBlazor.Services;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Tests.Faults;

/// <summary>A page of a person's: what they do with lists and views, its dialogs and its notices, drawn without a browser.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly BunitContext context = new();

    public OpenPage(FeatureSite site, string person)
    {
        Person = new Actor(person, person);
        context.JSInterop.Mode = JSRuntimeMode.Loose;
        context.Services.AddMudServices(options => options.PopoverOptions.CheckForPopoverProvider = false);
        context.Services.AddSingleton(site.Get<FeatureLists>());
        context.Services.AddSingleton(new ActorAccessor(new SignedIn(Person), new PeopleHere(new UserRepository(site.Database))));
        context.Services.AddScoped<PageWrites>().AddScoped<FeatureListActions>();
        Dialogs = context.Render<MudDialogProvider>();
    }

    public Actor Person { get; }

    /// <summary>Where dialogs are drawn.</summary>
    public IRenderedComponent<MudDialogProvider> Dialogs { get; }

    public FeatureListActions Actions => context.Services.GetRequiredService<FeatureListActions>();

    /// <summary>The notices that are shown, the newest last.</summary>
    public IReadOnlyList<string> Notices => [.. context.Services.GetRequiredService<ISnackbar>().ShownSnackbars.Select(notice => notice.Message ?? "")];

    /// <summary>Opens a dialog.</summary>
    public void Open(Func<IDialogService, Task> ask) => _ = Dialogs.InvokeAsync(() => ask(context.Services.GetRequiredService<IDialogService>()));

    public ValueTask DisposeAsync() => context.DisposeAsync();

    private sealed class SignedIn(Actor actor) : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(LocalPerson.Principal(actor)));
    }
}

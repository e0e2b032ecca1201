using Bunit;
using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Sounds;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Sounds;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>The form's sounds: one to continue, and a melody where the model follows one.</summary>
public sealed class ConditionSoundTests
{
    private static readonly CatalogModel Plain = new() { Id = "m", Name = "Plain", Path = "/m", State = CatalogState.Ready };

    [Fact]
    public async Task A_sound_is_chosen_its_part_is_set_and_it_is_removed()
    {
        await using var host = await SoundsHost.StartAsync();
        await using var page = new BunitContext();
        page.Services.AddSingleton(host.Get<TakeService>());
        page.Services.AddOptions<ListeningOptions>();
        var draft = new StudioDraft { Sae = "demo" };
        var form = page.Render<ConditionSounds>(parameters => parameters.Add(each => each.Draft, draft).Add(each => each.Model, Plain).Add(each => each.Set, host.Get<FeatureCatalog>().Open("demo")).Add(each => each.Changed, next => draft = next));
        void Shown() => form.Render(parameters => parameters.Add(each => each.Draft, draft));
        // A model that follows no melody is offered none.
        var open = Assert.Single(form.FindAll("button"));
        Assert.Contains("Continue a sound", open.TextContent, StringComparison.Ordinal);
        await open.ClickAsync(new());
        form.Find("[role=searchbox]").Input("3");
        await form.Find(".found button").ClickAsync(new());
        Assert.Equal(("clip-3@demo", TakeSoundSources.ContinuedSeconds), (draft.Continue!.Source, draft.Continue.Seconds));
        Shown();
        form.Find("[aria-label='Continues: length']").Change("1.5");
        Assert.Equal(1.5, draft.Continue.Seconds);
        Shown();
        form.Find("[aria-label='Continues: begins at']").Change("-1");
        Assert.Contains("Expected 0 to 3600 s", form.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Equal((0, 1.5), (draft.Continue.Start, draft.Continue.Seconds));
        await form.Find("button.quiet").ClickAsync(new());
        Assert.Null(draft.Continue);

        // The site's answer to a file that was dropped.
        Shown();
        await form.Find("button").ClickAsync(new());
        form.Find("[data-brought]").Change($$"""{"id":"{{new string('a', 24)}}","name":"hum.wav","seconds":2,"sampleRate":16000,"silent":false,"notes":[]}""");
        Assert.Equal(($"sound-{new string('a', 24)}", "hum.wav", 2.0), (draft.Continue!.Source, draft.Continue.Name, draft.Continue.Seconds));
    }

    [Fact]
    public async Task A_melody_is_offered_by_a_melody_model_and_refused_by_another()
    {
        await using var host = await SoundsHost.StartAsync();
        await using var page = new BunitContext();
        page.Services.AddSingleton(host.Get<TakeService>());
        page.Services.AddOptions<ListeningOptions>();
        var form = page.Render<ConditionSounds>(parameters => parameters.Add(each => each.Draft, new StudioDraft()).Add(each => each.Model, Plain with { FollowsMelody = true }));
        Assert.Equal(["Continue a sound", "Follow a melody"], form.FindAll("button").Select(button => button.TextContent.Trim()));
        form.Render(parameters => parameters.Add(each => each.Draft, new StudioDraft { Melody = new TakeSound { Source = "clip-3@demo", Name = "Tune", Seconds = 3 } }).Add(each => each.Model, Plain));
        Assert.Contains("“Plain” follows no melody", form.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Contains("Melody of", form.Markup, StringComparison.Ordinal);
    }
}

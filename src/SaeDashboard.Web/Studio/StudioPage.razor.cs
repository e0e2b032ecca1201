using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Studio;

/// <summary>The studio: what to play, which features to turn, the takes.</summary>
public sealed partial class StudioPage : IDisposable
{
    private IReadOnlyList<TakeView> takes = [];
    private IReadOnlyDictionary<int, CurrentLabel> labels = new Dictionary<int, CurrentLabel>();
    private IReadOnlyList<CatalogSae> saes = [];
    private FeatureSet? labelled;
    private HashSet<int> heard = [];
    private TakeView? take;
    private string? problem;
    private string? added;
    private string? started;
    private bool live, running, starting, missing, interactive;
    private Throttle? look;
    private Snackbar? undo;

    /// <summary>The take that is shown; null: only the set-up.</summary>
    [Parameter] public string? TakeId { get; set; }

    /// <summary>The same, from an address of the other form.</summary>
    [SupplyParameterFromQuery(Name = "take")] public string? TakeQuery { get; set; }

    /// <summary>A feature to put into the rack: "sae:index".</summary>
    [SupplyParameterFromQuery(Name = "add")] public string? AddQuery { get; set; }

    /// <summary>1: generate at once.</summary>
    [SupplyParameterFromQuery(Name = "go")] public string? GoQuery { get; set; }

    private StudioDraft Draft => Setup.Draft;

    private bool CanStart => Worker.State.Status != ServeStatus.Down && Service.ModelOf(Setup.Sae) is not null;

    // What the worker's model can make at once; another model is asked and says so itself.
    private double Longest => Worker.State.Model is { FrameRate: > 0 } model && Service.ModelOf(Setup.Sae)?.Path == model.Path ? Math.Floor(100 * model.MaxFrames / model.FrameRate) / 100 : 30;

    private string? Wanted => TakeId ?? TakeQuery;

    public void Dispose()
    {
        Worker.Changed -= RefreshSoon;
        Catalog.Changed -= CatalogChanged;
        Folders.Changed -= RefreshSoon;
        Service.Changed -= RefreshSoon;
        Labels.Changed -= LabelChanged;
        Setup.SavedChanged -= SavedChanged;
        Setup.ChangedElsewhere -= ChangedElsewhere;
        look?.Dispose();
    }

    protected override async Task OnInitializedAsync()
    {
        await Setup.OpenAsync();
        person = (await Actors.GetAsync()).UserId;
        saes = Features.Saes;
        heard = [.. Rack.Heard(Draft.Rack).Select(strip => strip.Feature)];
        ReadLabels();
        Refresh();
    }

    protected override void OnParametersSet()
    {
        if (Wanted is not { } wanted)
        {
            (take, missing, live) = (null, false, false);
        }
        else if (take?.Id != wanted)
        {
            take = null;
            missing = false;
            live = false;
            Refresh();
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            interactive = true;
            look = Throttle.ForPage(() => InvokeAsync(() =>
            {
                Refresh();
                StateHasChanged();
            }));
            Worker.Changed += RefreshSoon;
            Catalog.Changed += CatalogChanged;
            Folders.Changed += RefreshSoon;
            Service.Changed += RefreshSoon;
            Labels.Changed += LabelChanged;
            Setup.SavedChanged += SavedChanged;
            Setup.ChangedElsewhere += ChangedElsewhere;
            // Until now a press would have been lost: the button says so by being off.
            StateHasChanged();
        }
        if (interactive && AddQuery is { } add && added != add) await AddFromAddressAsync(add);
        if (interactive && PresetQuery is { } preset && presetTaken != preset) TakeUpPreset(preset);
        if (interactive && SettingsQuery is { } word && setUpTaken != word) TakeUpSetUp(word);
    }

    /// <summary>What a link brought: once, then the address is the studio's own again, so that a reload does not do it twice.</summary>
    private async Task AddFromAddressAsync(string add)
    {
        added = add;
        var go = GoQuery == "1";
        problem = null;
        try
        {
            var colon = add.LastIndexOf(':');
            var wanted = colon < 1 ? [] : add[(colon + 1)..].Split(',');
            var features = wanted.Select(each => int.TryParse(each, NumberStyles.Integer, CultureInfo.InvariantCulture, out var feature) ? feature : (int?)null).ToArray();
            if (features.Length == 0 || features.Contains(null)) throw new UserException($"The address asks to add '{add}', which isn't a feature (expected sae:index, or sae:index,index).");
            foreach (var feature in features) AddFeature(add[..colon], feature!.Value);
        }
        catch (UserException error)
        {
            problem = error.Message;
        }
        if (go && problem is null)
        {
            await GenerateAsync();
            if (problem is null) return;
        }
        Navigation.NavigateTo("studio", replace: true);
        Changed();
    }

    /// <summary>Adds a feature. One sees that happen; a notice comes only when the features of another SAE had to go.</summary>
    private void AddFeature(string saeId, int feature)
    {
        var before = Draft;
        Setup.Add(saeId, feature);
        Changed();
        if (before.Sae != Draft.Sae && before.Rack.Count > 0) Undoable($"Added {StripName(feature)} and removed the features of another SAE.", before);
    }

    /// <summary>Says what was changed, with Undo for that change alone. Only the newest notice has one.</summary>
    private void Undoable(string message, StudioDraft before)
    {
        var after = Draft;
        if (undo is not null) Snackbar.Remove(undo);
        undo = Snackbar.Add(message, MudBlazor.Severity.Normal, options =>
        {
            options.Action = "Undo";
            options.OnClick = _ => InvokeAsync(() =>
            {
                Setup.Change(now => now.Undo(before, after));
                Changed();
            });
        });
    }

    private async Task GenerateAsync()
    {
        if (starting) return;
        starting = true;
        problem = null;
        StateHasChanged();
        try
        {
            if (Draft.Prompt.Trim().Length > PresetLimits.MaxPrompt) throw new UserException(GenerationForm.TooLong(Draft.Prompt));
            if (Draft.Seconds > Longest) Setup.Change(draft => draft with { Seconds = Longest });
            if (!Draft.SeedLocked) Setup.Change(draft => draft with { Seed = StudioState.NewSeed() });
            var (id, unnamed) = await Service.StartAsync(Draft, Setup.P99, await Actors.GetAsync(), CancellationToken.None);
            if (unnamed is not null) Snackbar.Add(unnamed, MudBlazor.Severity.Error);
            started = id;
            Navigation.NavigateTo($"studio/takes/{id}", replace: AddQuery is not null);
        }
        catch (UserException error)
        {
            problem = error.Message;
        }
        finally
        {
            starting = false;
            Refresh();
            StateHasChanged();
        }
    }

    private async Task StopAsync()
    {
        if (take is null) return;
        try
        {
            (await Actors.GetAsync()).Require(Rights.Generate);
            await Worker.CancelTakeAsync(take.Id, CancellationToken.None);
        }
        catch (UserException error)
        {
            problem = error.Message;
        }
    }

    private void Change(StudioDraft next)
    {
        Setup.Change(_ => next);
        Changed();
    }

    private void ChangeStrip(int feature, RackStrip next)
    {
        Setup.Change(feature, _ => next);
        Changed();
    }

    private void Add(int feature)
    {
        if (Draft.Sae is not { } sae) return;
        try
        {
            AddFeature(sae, feature);
        }
        catch (UserException error)
        {
            problem = error.Message;
        }
    }

    private void Remove(RackStrip strip)
    {
        var before = Draft;
        Setup.Change(draft => draft with { Rack = [.. draft.Rack.Where(each => each.Feature != strip.Feature)] });
        Changed();
        Undoable($"Removed {StripName(strip.Feature)}.", before);
    }

    private void Clear()
    {
        var before = Draft;
        Setup.Change(draft => draft with { Rack = [] });
        Changed();
        Undoable("Cleared the rack.", before);
    }

    private void Changed()
    {
        heard = [.. Rack.Heard(Draft.Rack).Select(strip => strip.Feature)];
        // Of another SAE, other labels.
        if (!ReferenceEquals(labelled, Setup.Set)) ReadLabels();
        StateHasChanged();
    }

    /// <summary>One snapshot of the labels, for every strip and every render until something changes.</summary>
    private void ReadLabels()
    {
        labelled = Setup.Set;
        labels = labelled is { } set ? Features.Labels(set) : new Dictionary<int, CurrentLabel>();
    }

    private FeatureRow? RowOf(int feature) => labelled is { } set && (uint)feature < (uint)set.Index.Count ? set.Row(feature, labels.GetValueOrDefault(feature)) : null;

    private int[] HistogramOf(int feature) => Setup.Set is { } set && (uint)feature < (uint)set.Index.Count ? set.Index.Histogram(feature) : [];

    private string StripName(int feature) => RowOf(feature)?.Name ?? $"Feature {feature}";

    /// <summary>Reloads the list of takes and the state of the open one, from memory.</summary>
    private void Refresh()
    {
        takes = Service.List();
        if (Wanted is not { } wanted) return;
        var found = Service.Find(wanted);
        var progress = Worker.LiveProgress(wanted);
        missing = found is null && progress is null && !Service.IsExpected(wanted);
        // A queued take has no folder yet; the list does not know it, the transport does.
        take = found ?? take;
        running = progress is not null ? TakeStates.IsLive(progress.State) : found is not null && TakeStates.IsLive(found.Manifest.State);
        // A take that was seen live stays with what came through the hub: it is all there.
        live |= running;
    }

    private void RefreshSoon() => look?.Set();

    private void CatalogChanged() => _ = InvokeAsync(() =>
    {
        saes = Features.Saes;
        if (Setup.Set is null) Setup.OpenSae();
        Changed();
    });

    private void LabelChanged(FeatureKey key)
    {
        if (key.SaeHash == labelled?.SaeHash) _ = InvokeAsync(() => { ReadLabels(); StateHasChanged(); });
    }

    private void ChangedElsewhere() => _ = InvokeAsync(() =>
    {
        Setup.Reload();
        Changed();
    });

    private void SavedChanged() => _ = InvokeAsync(StateHasChanged);
}

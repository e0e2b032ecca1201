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
    private static readonly IReadOnlyDictionary<int, CurrentLabel> NoLabels = new Dictionary<int, CurrentLabel>();

    // Of every SAE in the rack, by its id.
    private Dictionary<string, (FeatureSet Set, IReadOnlyDictionary<int, CurrentLabel> Labels)> labels = [];
    private IReadOnlyList<CatalogSae> saes = [];
    private HashSet<StripKey> heard = [];
    private TakeView? take;
    private string? problem;
    private string? added;
    private string? started;
    private string? blind; // the take whose blind test is open
    private bool live, running, starting, missing, interactive;
    private Throttle? look;
    private Snackbar? undo;
    private string said = "";
    private int surprises;

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

    private bool IsBlind => blind is not null && blind == take?.Id;

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
        heard = [.. Rack.Heard(Draft.Rack).Select(strip => strip.Key)];
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
        if (before.Sae != Draft.Sae && before.Rack.Count > 0) Undoable($"Added {StripName(saeId, feature)} and removed the features of another model's SAE.", before);
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
            if (Draft.Continue is { } given && given.Seconds >= Draft.Seconds && given.Codes is null)
                throw new UserException(string.Create(CultureInfo.InvariantCulture, $"The take has {Draft.Seconds:0.##} s, and {given.Seconds:0.##} s of the sound to continue come first: make it longer, or use less of the sound."));
            var asked = await Sources.ResolveAsync(Draft, Service.ModelOf(Setup.Sae));
            var (id, unnamed) = await Service.StartAsync(asked, Setup.P99, await Actors.GetAsync(), CancellationToken.None);
            if (unnamed is not null) Snackbar.Add(unnamed, MudBlazor.Severity.Error);
            started = id;
            if (Draft.Live) Setup.Change(draft => draft with { LiveTake = id });
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
        Setup.Change(_ => next, "the settings");
        Changed();
    }

    private void ChangeStrip(RackStrip was, RackStrip next)
    {
        var name = StripName(was.Sae, was.Feature);
        var what = was with { Strength = next.Strength } == next ? $"the strength of {name}" : was with { Muted = next.Muted, Solo = next.Solo } == next ? $"mute and solo of {name}"
            : was with { Mode = next.Mode, Strength = next.Strength } == next ? $"the mode of {name}" : $"the shape of {name}";
        // Only what this event changed: another window may have changed the rest of the strip since.
        Setup.Change(was.Key, now => now == was ? next : now with
        {
            Strength = next.Strength == was.Strength ? now.Strength : next.Strength,
            Mode = next.Mode == was.Mode ? now.Mode : next.Mode,
            Muted = next.Muted == was.Muted ? now.Muted : next.Muted,
            Solo = next.Solo == was.Solo ? now.Solo : next.Solo,
            Onset = next.Onset == was.Onset ? now.Onset : next.Onset,
            Condition = next.Condition == was.Condition ? now.Condition : next.Condition,
            Envelope = ReferenceEquals(next.Envelope, was.Envelope) ? now.Envelope : next.Envelope,
            Moves = ReferenceEquals(next.Moves, was.Moves) ? now.Moves : next.Moves,
            Unit = next.Unit == was.Unit ? now.Unit : next.Unit,
        }, what);
        Changed();
    }

    // A random setting near this one; Ctrl+Z brings this one back.
    private void Surprise()
    {
        Setup.Change(draft => draft with { Rack = Rack.Nearby(draft.Rack, Random.Shared) }, $"surprise {++surprises}");
        Changed();
    }

    private void UndoLast()
    {
        said = Setup.Undo() is { } what ? $"Undone: {what}." : "Nothing to undo.";
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
        var name = StripName(strip.Sae, strip.Feature);
        Setup.Change(draft => draft with { Rack = [.. draft.Rack.Where(each => each.Key != strip.Key)] }, $"{name} removed");
        Changed();
        Undoable($"Removed {name}.", before);
    }

    private void Clear()
    {
        var before = Draft;
        Setup.Change(draft => draft with { Rack = [] }, "the rack cleared");
        Changed();
        Undoable("Cleared the rack.", before);
    }

    private void Changed()
    {
        heard = [.. Rack.Heard(Draft.Rack).Select(strip => strip.Key)];
        // Of another SAE, other labels.
        if (SaesOfRack().Any(id => !ReferenceEquals(labels.GetValueOrDefault(id).Set, Setup.SetOf(id)))) ReadLabels();
        StateHasChanged();
    }

    private IEnumerable<string> SaesOfRack() => Draft.Rack.Select(strip => strip.Sae).Append(Draft.Sae).OfType<string>().Distinct();

    /// <summary>One snapshot of the labels, for every strip and every render until something changes.</summary>
    private void ReadLabels()
    {
        labels = [];
        foreach (var id in SaesOfRack())
        {
            if (Setup.SetOf(id) is { } set) labels[id] = (set, Features.Labels(set));
        }
    }

    private IReadOnlyDictionary<int, CurrentLabel> LabelsOf(string? saeId) => (saeId ?? Draft.Sae) is { } id && labels.TryGetValue(id, out var known) ? known.Labels : NoLabels;

    private FeatureRow? RowOf(string? saeId, int feature) =>
        (saeId ?? Draft.Sae) is { } id && labels.TryGetValue(id, out var known) && (uint)feature < (uint)known.Set.Index.Count ? known.Set.Row(feature, known.Labels.GetValueOrDefault(feature)) : null;

    private int[] HistogramOf(RackStrip strip) => Setup.SetOf(strip.Sae) is { } set && (uint)strip.Feature < (uint)set.Index.Count ? set.Index.Histogram(strip.Feature) : [];

    // The strengths at which the SAE's steering table tested the feature, which adds.
    private string? BandOf(RackStrip strip) =>
        strip.Mode == RackModes.Add && Setup.SetOf(strip.Sae)?.Steering is { Source.Strengths: { Count: > 0 } tested } table && table.Find(strip.Feature) is not null
            ? string.Create(CultureInfo.InvariantCulture, $"{tested.Min():0.##},{tested.Max():0.##}") : null;

    private string StripName(string? saeId, int feature) => RowOf(saeId, feature)?.Name ?? $"Feature {feature}";

    // A take's feature; of an SAE that is not in the rack, its number.
    private string SteerName(TakeSteer steer) => SaeOf(steer, take?.Manifest) is { } sae ? StripName(sae.Id, steer.Feature) : $"Feature {steer.Feature}";

    // Which steer of the take that is shown a strip of the rack is; −1: none.
    private int SteerOf(RackStrip strip)
    {
        if (take is null) return -1;
        var steers = take.Manifest.Settings.Steers;
        for (var i = 0; i < steers.Count; i++)
        {
            if (steers[i].Feature == strip.Feature && SaeOf(steers[i], take.Manifest)?.Id == (strip.Sae ?? Draft.Sae)) return i;
        }
        return -1;
    }

    /// <summary>The SAE of a take's steer; null: it is not here.</summary>
    private CatalogSae? SaeOf(TakeSteer steer, TakeManifest? of)
    {
        if (of is null) return null;
        var path = steer.SaePath ?? of.Settings.SaePath;
        var hash = of.Saes?.FirstOrDefault(each => each.Path == path)?.WeightsHash ?? (steer.SaePath is null ? of.SaeHash : null);
        return (hash is null ? null : Catalog.SaeByHash(hash)) ?? (path is null ? null : Catalog.SaeByPath(path));
    }

    // Seconds a codec frame lasts, of the model that the rack steers.
    private double FrameSeconds => Service.ModelOf(Setup.Sae) is { FrameRate: > 0 } model ? 1 / model.FrameRate : .02;

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
        if (labels.Values.Any(known => known.Set.SaeHash == key.SaeHash)) _ = InvokeAsync(() => { ReadLabels(); StateHasChanged(); });
    }

    private void ChangedElsewhere() => _ = InvokeAsync(() =>
    {
        Setup.Reload();
        Changed();
    });

    private void SavedChanged() => _ = InvokeAsync(StateHasChanged);
}

using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs.Planning;

namespace SaeDashboard.Web.Runs;

/// <summary>The form of a new run: what was typed, what is wrong with it, what it would cost.</summary>
public sealed partial class NewRunPage
{
    private readonly HashSet<string> touched = [];
    private const string DraftKey = "run-form";

    private RunChoices choices = new([], []);
    private RunForm form = new();
    private RunFormReading reading = new(new Dictionary<string, string>(), null);
    private StoredActivations? stored;
    private RunEstimate? estimate;
    private RunView? from;
    private RunFork? fork;
    private string? forkFault;
    private readonly List<SweepLine> lines = [];
    private IReadOnlyList<SweepSetting> varied = SweepSetting.All;
    private SweepReading? sweep;
    private Throttle? repaint;
    private string? refusal;
    private bool tried, starting, isKept, focusesWrong;
    private ElementReference formElement;
    private Actor? actor;

    /// <summary>The run whose settings the form begins with.</summary>
    [SupplyParameterFromQuery] public string? From { get; set; }

    /// <summary>The step of that run's checkpoint with which this one begins; null: from random weights.</summary>
    [SupplyParameterFromQuery] public long? Checkpoint { get; set; }

    /// <summary>Id of the model to choose, from a link of the Data page.</summary>
    [SupplyParameterFromQuery] public string? Model { get; set; }

    /// <summary>Id of the dataset to choose, from a link of the Data page.</summary>
    [SupplyParameterFromQuery] public string? Dataset { get; set; }

    private string Beginning => from is null ? "The settings below are ready to run." : $"It starts with the settings of {from.Name}.";

    private string LayerHint => choices.Model(form.Model) is { Layers: > 0 } model
        ? $"0 to {model.Layers - 1}. The SAE is trained on activations of this layer."
        : "The SAE is trained on activations of this layer.";

    private string ArchitectureHint => TrainArchitectures.Find(form.Architecture)?.Explanation ?? TrainSetting.Of(nameof(TrainConfig.Architecture)).Hint;

    private string ClipsHint => choices.Dataset(form.Dataset)?.ClipsIn(RunRequest.Split) is > 0 and var clips
        ? $"Number of clips (at most {Format.Whole(clips)}). Leave blank for all. Fewer are faster."
        : "Number of clips. Leave blank for all. Fewer are faster.";

    private string StepsHint => fork is not null
        ? $"Total number of steps. Training continues from step {Format.Whole(FirstStep)}, with the learning rate that the new total gives there."
        : reading.Request is { CollectedColumns: > 0 } request
        ? $"{Format.Count(request.TrainedColumns)} columns, {Format.Fixed((double)request.TrainedColumns / request.CollectedColumns, 1)} epochs."
        : TrainSetting.Of(nameof(TrainConfig.Steps)).Hint;

    // What is typed into the form of a new run is kept for the person, like the Studio's set-up, until it is started. Forks and copies begin with another run's settings.
    private bool IsDrafted => From is null && Checkpoint is null;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        choices = Planner.Choices();
        from = From is { } id ? Registry.Find(id) : null;
        form = from is null ? RunForm.Default(choices) : RunForm.From(from.Plan, choices);
        if (Checkpoint is { } step) BeginAt(step);
        actor = await Actors.GetAsync();
        if (IsDrafted) TakeUpDraft();
        if (choices.Model(Model ?? "") is { } model) form.Model = model.Id;
        if (choices.Dataset(Dataset ?? "") is { } dataset) form.Dataset = dataset.Id;
        Read();
    }

    private void TakeUpDraft()
    {
        if (Drafts.Get(DraftKey, actor!) is not { } json) return;
        try
        {
            if (JsonSerializer.Deserialize<FormDraft>(json, JsonDefaults.Lines) is not { Form: { } kept } draft) return;
            // A field without a value would end the page each time it is opened.
            if (typeof(RunForm).GetProperties().Any(field => field.GetValue(kept) is null)) return;
            form = kept;
            lines.AddRange((draft.Lines ?? []).Where(line => line is { Setting: not null, Values: not null }));
            // What is wrong with it is said at once: it was typed before.
            foreach (var field in typeof(RunForm).GetProperties()) touched.Add(field.Name);
            isKept = true;
        }
        catch (JsonException)
        {
            // A draft of another version is not worth an error.
        }
    }

    private void KeepDraft()
    {
        if (IsDrafted && actor is not null) Drafts.Set(DraftKey, JsonSerializer.Serialize(new FormDraft(form, lines), JsonDefaults.Lines), actor);
    }

    private void ForgetDraft()
    {
        if (IsDrafted && actor is not null) Drafts.Set(DraftKey, null, actor);
    }

    private void StartOver()
    {
        form = RunForm.Default(choices);
        lines.Clear();
        touched.Clear();
        (isKept, tried, refusal) = (false, false, null);
        ForgetDraft();
        Read();
    }

    private void SweepChanged()
    {
        Read();
        KeepDraft();
    }

    private void BeginAt(long step)
    {
        try
        {
            fork = from is null ? throw new UserException("Run not found. Choose a checkpoint on a run's page.") : Planner.Fork(from, step);
            // Steps continue from the checkpoint's; after the last one, as many again.
            var planned = from.Plan.Train.Values.Steps;
            if (planned <= step) form.Steps = (step + Math.Max(1, planned)).ToString(CultureInfo.InvariantCulture);
            form.Name = $"{from.Name}, from step {Format.Whole(step)}";
            if (form.Name.Length > RunFormReader.MaxName) form.Name = "";
            varied = [.. SweepSetting.All.Where(setting => setting.Forks)];
        }
        catch (UserException error)
        {
            forkFault = error.Message;
        }
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (focusesWrong)
        {
            focusesWrong = false;
            await using var module = await Js.InvokeAsync<IJSObjectReference>("import", "./js/forms.js");
            await module.InvokeVoidAsync("focusFirstWrong", formElement);
        }
        if (!firstRender) return;
        repaint = Throttle.ForPage(() => InvokeAsync(CatalogChanged));
        Catalog.Changed += OnCatalogChanged;
        Devices.Changed += OnCatalogChanged;
        repaint.Set();
    }

    /// <summary>Lets go of the catalog and the devices.</summary>
    public void Dispose()
    {
        Catalog.Changed -= OnCatalogChanged;
        Devices.Changed -= OnCatalogChanged;
        repaint?.Dispose();
    }

    private void OnCatalogChanged() => repaint?.Set();

    // A model or dataset whose hash was still being read is ready now, or a new one was put there.
    private void CatalogChanged()
    {
        choices = Planner.Choices();
        var first = RunForm.Default(choices);
        if (form.Model.Length == 0) form.Model = first.Model;
        if (form.Dataset.Length == 0) form.Dataset = first.Dataset;
        Read();
        StateHasChanged();
    }

    private Action<string?> Change(string field, Action<string> set) => text => Set(field, () => set(text ?? ""));

    private void Set(string field, Action set)
    {
        set();
        touched.Add(field);
        // A type fits one device and not another.
        if (field == nameof(RunForm.Device)) touched.Add(nameof(RunForm.ComputeType));
        refusal = null;
        Read();
        KeepDraft();
    }

    private void Read()
    {
        sweep = lines.Count > 0 ? Planner.Read(form, lines, choices, FirstStep) : null;
        reading = sweep is null ? Planner.Read(form, choices, FirstStep) : new RunFormReading(sweep.Fields, null);
        stored = reading.Request is { } request ? Planner.Stored(request) : null;
        estimate = reading.Request is { } costed ? Planner.Estimate(costed, stored is not null) : null;
    }

    private long FirstStep => fork?.Step ?? 0;

    private int Wrong => reading.Problems.Count + (sweep?.Problems.Count ?? 0);

    private string StartText => starting ? "Starting" : sweep is null ? "Start the run" : sweep.Requests.Count switch { 0 => "Start the runs", 1 => "Start 1 run", var count => $"Start {count} runs" };

    private bool Varies(string field) => lines.Any(line => SweepSetting.Find(line.Setting)?.Field == field);

    // Weights fit one shape and point only, and the clips that a run trained on cannot measure its fork.
    private static readonly string[] Kept =
        [nameof(RunForm.Model), nameof(RunForm.Dataset), nameof(RunForm.Layer), nameof(RunForm.Point), nameof(RunForm.Clips), nameof(RunForm.Condition), nameof(RunForm.ComputeType), .. TrainSetting.All.Where(setting => setting.FixedInFork).Select(setting => setting.Property)];

    private bool IsForked(string field) =>
        fork is not null && Kept.Contains(field);

    // k means nothing to an architecture whose penalty alone decides; a sweep over architectures may have others.
    private bool HasNoUse(string field) =>
        field == nameof(RunForm.K) && TrainArchitectures.Find(form.Architecture) is { UsesK: false } && !Varies(nameof(RunForm.Architecture));

    private bool Fixed(string field) => Varies(field) || IsForked(field) || HasNoUse(field);

    // The trainer's settings have the names and the lines of the contract; their fields are called as their properties are.
    private static string Label(string field) => TrainSetting.Of(field).Label is { Length: > 1 } label ? char.ToUpperInvariant(label[0]) + label[1..] : TrainSetting.Of(field).Label;

    private string Hint(string field, string? hint = null) =>
        Varies(field) ? "Varied below."
        : IsForked(field) && (field is nameof(RunForm.Architecture) or nameof(RunForm.Latents)) ? "Fixed: the checkpoint's weights have this shape."
        : IsForked(field) ? "Fixed: the checkpoint was trained on this, and its held-out clips must stay held out."
        : HasNoUse(field) ? $"{TrainArchitectures.Find(form.Architecture)!.Name} does not use k: a fixed penalty decides how many features are active."
        : hint ?? TrainSetting.Of(field).Hint;

    private string? Problem(string field) => tried || touched.Contains(field) ? reading.Problems.GetValueOrDefault(field) : null;

    private string? Invalid(string field) => Problem(field) is null ? null : "true";

    private async Task StartAsync()
    {
        // A second press may be on its way before the button is drawn as disabled.
        if (starting) return;
        tried = true;
        refusal = null;
        Read();
        if (sweep is null && reading.Request is null || sweep is { Requests.Count: 0 })
        {
            focusesWrong = true;
            return;
        }
        starting = true;
        var begun = 0;
        try
        {
            actor ??= await Actors.GetAsync();
            // The fork may be queued while its parent continues and deletes older checkpoints.
            if (fork is not null) Registry.Pin(from!.Id, fork.Step!.Value, pinned: true, actor);
            if (sweep is null)
            {
                var id = Registry.Start(RunPlanMaker.Make(reading.Request!, stored, fork), reading.Request!.Name, actor);
                ForgetDraft();
                Navigation.NavigateTo($"runs/{id}");
                return;
            }
            var label = Planner.SweepLabel(form.Name.Trim(), lines);
            foreach (var request in sweep.Requests)
            {
                Registry.Start(RunPlanMaker.Make(request, Planner.Stored(request), fork, label), request.Name, actor);
                begun++;
            }
            ForgetDraft();
            Navigation.NavigateTo($"runs/compare?sweep={Uri.EscapeDataString(label)}");
        }
        catch (UserException error)
        {
            refusal = begun == 0 ? error.Message : $"{begun} of {sweep!.Requests.Count} runs were queued, then: {error.Message}";
            starting = false;
        }
    }

    private sealed record FormDraft(RunForm? Form, IReadOnlyList<SweepLine>? Lines);
}

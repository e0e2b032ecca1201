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

/// <summary>The form of a new run: what is typed is kept, and what the run would cost is shown beside it.</summary>
public sealed partial class NewRunPage
{
    private const string DraftKey = "run-form";

    private RunFormEditor editor = null!;
    private StoredActivations? stored;
    private RunEstimate? estimate;
    private RunView? from;
    private RunFork? fork;
    private string? forkFault;
    private IReadOnlyList<SweepSetting> varied = SweepSetting.All;
    private Throttle? repaint;
    private string? refusal;
    private bool starting, isKept, isAdvancedOpen, focusesWrong;
    private ElementReference fields;
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

    private string LayerHint => editor.Choices.Model(editor.Form.Model) is { Layers: > 0 } model
        ? $"0 to {model.Layers - 1}. The SAE is trained on activations of this layer."
        : "The SAE is trained on activations of this layer.";

    private string ClipsHint => editor.Choices.Dataset(editor.Form.Dataset)?.ClipsIn(RunRequest.Split) is > 0 and var clips
        ? $"Number of clips (at most {Format.Whole(clips)}). Leave blank for all. Fewer are faster."
        : "Number of clips. Leave blank for all. Fewer are faster.";

    private string StepsHint => fork is not null
        ? $"Total number of steps. Training continues from step {Format.Whole(editor.FirstStep)}, with the learning rate that the new total gives there."
        : editor.Reading.Request is { CollectedColumns: > 0 } request
        ? $"{Format.Count(request.TrainedColumns)} columns, {Format.Fixed((double)request.TrainedColumns / request.CollectedColumns, 1)} epochs."
        : TrainSetting.Of(nameof(TrainConfig.Steps)).Hint;

    // What is typed into the form of a new run is kept for the person, like the Studio's set-up, until it is started. Forks and copies begin with another run's settings.
    private bool IsDrafted => From is null && Checkpoint is null;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        var choices = Planner.Choices();
        from = From is { } id ? Registry.Find(id) : null;
        var form = from is null ? RunForm.Default(choices) : RunForm.From(from.Plan, choices);
        if (Checkpoint is { } step) BeginAt(step, form);
        if (choices.Model(Model ?? "") is { } model) form.Model = model.Id;
        if (choices.Dataset(Dataset ?? "") is { } dataset) form.Dataset = dataset.Id;
        Edit(form, [], choices);
        actor = await Actors.GetAsync();
        if (IsDrafted) TakeUpDraft();
    }

    private void Edit(RunForm form, IEnumerable<SweepLine> lines, RunChoices choices)
    {
        editor = new RunFormEditor(form, lines, choices, Planner, fork, isKept);
        editor.Changed += OnEdited;
        Cost();
    }

    private void OnEdited()
    {
        refusal = null;
        Cost();
        KeepDraft();
        StateHasChanged();
    }

    private void Cost()
    {
        stored = editor.Reading.Request is { } request ? Planner.Stored(request) : null;
        estimate = editor.Reading.Request is { } costed ? Planner.Estimate(costed, stored is not null) : null;
    }

    private void TakeUpDraft()
    {
        if (Drafts.Get(DraftKey, actor!) is not { } json) return;
        try
        {
            if (JsonSerializer.Deserialize<FormDraft>(json, JsonDefaults.Lines) is not { Fields: { Train: not null } kept } draft) return;
            // A field without a value would end the page each time it is opened.
            if (RunForm.Names.Any(field => kept[field] is null)) return;
            isKept = true;
            Edit(kept, (draft.Lines ?? []).Where(line => line is { Setting: not null, Values: not null }), editor.Choices);
        }
        catch (JsonException)
        {
            // A draft of another version is not worth an error.
        }
    }

    private void KeepDraft()
    {
        if (IsDrafted && actor is not null && !starting) Drafts.Set(DraftKey, JsonSerializer.Serialize(new FormDraft(editor.Form, editor.Lines), JsonDefaults.Lines), actor);
    }

    private void ForgetDraft()
    {
        if (IsDrafted && actor is not null) Drafts.Set(DraftKey, null, actor);
    }

    private void StartOver()
    {
        (isKept, refusal) = (false, null);
        ForgetDraft();
        Edit(RunForm.Default(editor.Choices), [], editor.Choices);
    }

    private void BeginAt(long step, RunForm form)
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
            await module.InvokeVoidAsync("focusFirstWrong", fields);
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
        editor.Changed -= OnEdited;
        editor.Choices = Planner.Choices();
        var (form, first) = (editor.Form, RunForm.Default(editor.Choices));
        if (form.Model.Length == 0) form.Model = first.Model;
        if (form.Dataset.Length == 0) form.Dataset = first.Dataset;
        editor.Read();
        editor.Changed += OnEdited;
        Cost();
        StateHasChanged();
    }

    private string StartText => starting ? "Starting" : editor.Sweep is null ? "Start the run" : editor.Sweep.Requests.Count switch { 0 => "Start the runs", 1 => "Start 1 run", var count => $"Start {count} runs" };

    private static TrainSetting Of(string field) => TrainSetting.Of(field);

    private async Task StartAsync()
    {
        // A second press may be on its way before the button is drawn as disabled.
        if (starting) return;
        if (!editor.Context.Validate() || (editor.Sweep is null ? editor.Reading.Request is null : editor.Sweep.Requests.Count == 0))
        {
            isAdvancedOpen |= RunForm.Advanced.Any(setting => editor.Problem(setting.Property) is not null);
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
            if (editor.Sweep is not { } sweep)
            {
                var id = Registry.Start(RunPlanMaker.Make(editor.Reading.Request!, stored, fork), editor.Reading.Request!.Name, actor);
                ForgetDraft();
                Navigation.NavigateTo($"runs/{id}");
                return;
            }
            var label = Planner.SweepLabel(editor.Form.Name.Trim(), editor.Lines);
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
            refusal = begun == 0 ? error.Message : $"{begun} of {editor.Sweep!.Requests.Count} runs were queued, then: {error.Message}";
            starting = false;
        }
    }

    private sealed record FormDraft(RunForm? Fields, IReadOnlyList<SweepLine>? Lines);
}

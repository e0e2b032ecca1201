using System.Globalization;
using Microsoft.AspNetCore.Components;
using SaeDashboard.Core;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs.Planning;

namespace SaeDashboard.Web.Runs;

/// <summary>The form of a new run: what was typed, what is wrong with it, what it would cost.</summary>
public sealed partial class NewRunPage
{
    private readonly HashSet<string> touched = [];
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
    private Repaint? repaint;
    private string? refusal;
    private bool tried, starting;

    /// <summary>The run whose settings the form begins with.</summary>
    [SupplyParameterFromQuery] public string? From { get; set; }

    /// <summary>The step of that run's checkpoint with which this one begins; null: from random weights.</summary>
    [SupplyParameterFromQuery] public long? Checkpoint { get; set; }

    private string Beginning => from is null ? "As it opens this is the default run." : $"It begins with the settings of {from.Name}.";

    private string LayerHint => choices.Model(form.Model) is { Layers: > 0 } model
        ? $"0 to {model.Layers - 1}: the residual stream after it is what is taken apart."
        : "The residual stream after it is what is taken apart.";

    private string ArchitectureHint => TrainArchitectures.Find(form.Architecture)?.Explanation ?? TrainSetting.Of(nameof(TrainConfig.Architecture)).Hint;

    private string ClipsHint => choices.Dataset(form.Dataset)?.ClipsIn(RunRequest.Split) is > 0 and var clips
        ? $"How many of the {RunText.Whole(clips)} to train on; empty: all. Fewer are faster."
        : "How many to train on; empty: all. Fewer are faster.";

    private string StepsHint => fork is not null
        ? $"They go on from {RunText.Whole(FirstStep)}, with the learning rate that the new number of steps gives there."
        : reading.Request is { CollectedColumns: > 0 } request
        ? $"{RunText.Count(request.TrainedColumns)} columns of training: {RunText.Fixed((double)request.TrainedColumns / request.CollectedColumns, 1)} times through the data."
        : TrainSetting.Of(nameof(TrainConfig.Steps)).Hint;

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        choices = Desk.Choices();
        from = From is { } id ? Registry.Find(id) : null;
        form = from is null ? RunForm.Default(choices) : RunForm.From(from.Plan, choices);
        if (Checkpoint is { } step) BeginAt(step);
        Read();
    }

    private void BeginAt(long step)
    {
        try
        {
            fork = from is null ? throw new UserException("There is no such run (any more): choose a checkpoint on a run's page.") : Desk.Fork(from, step);
            // The steps go on from the checkpoint's: as many again where it was the last.
            var planned = from.Plan.Train.Values.Steps;
            if (planned <= step) form.Steps = (step + Math.Max(1, planned)).ToString(CultureInfo.InvariantCulture);
            form.Name = $"{from.Name}, from step {RunText.Whole(step)}";
            if (form.Name.Length > RunFormReader.LongestName) form.Name = "";
            varied = [.. SweepSetting.All.Where(setting => setting.Forks)];
        }
        catch (UserException error)
        {
            forkFault = error.Message;
        }
    }

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        if (!firstRender) return;
        repaint = new Repaint(() => InvokeAsync(CatalogChanged));
        Catalog.Changed += OnCatalogChanged;
        Devices.Changed += OnCatalogChanged;
        repaint.Ask();
    }

    /// <summary>Lets go of the catalog and the devices.</summary>
    public void Dispose()
    {
        Catalog.Changed -= OnCatalogChanged;
        Devices.Changed -= OnCatalogChanged;
        repaint?.Dispose();
    }

    private void OnCatalogChanged() => repaint?.Ask();

    // A model or data set whose hash was still being read is ready now, or a new one was put there.
    private void CatalogChanged()
    {
        choices = Desk.Choices();
        var first = RunForm.Default(choices);
        if (form.Model.Length == 0) form.Model = first.Model;
        if (form.Dataset.Length == 0) form.Dataset = first.Dataset;
        Read();
        StateHasChanged();
    }

    private Action<ChangeEventArgs> Change(string field, Action<string> set) => change => Set(field, () => set(change.Value?.ToString() ?? ""));

    private void Set(string field, Action set)
    {
        set();
        touched.Add(field);
        // A type fits one device and not another.
        if (field == nameof(RunForm.Device)) touched.Add(nameof(RunForm.ComputeType));
        refusal = null;
        Read();
    }

    private void Read()
    {
        sweep = lines.Count > 0 ? Desk.Read(form, lines, choices, FirstStep) : null;
        reading = sweep is null ? Desk.Read(form, choices, FirstStep) : new RunFormReading(sweep.Fields, null);
        stored = reading.Request is { } request ? Desk.Stored(request) : null;
        estimate = reading.Request is { } costed ? Desk.Estimate(costed, stored is not null) : null;
    }

    private long FirstStep => fork?.Step ?? 0;

    private int Wrong => reading.Problems.Count + (sweep?.Problems.Count ?? 0);

    private string StartText => starting ? "Starting" : sweep is null ? "Start the run" : sweep.Requests.Count == 1 ? "Start 1 run" : $"Start {sweep.Requests.Count} runs";

    private bool Varies(string field) => lines.Any(line => SweepSetting.Find(line.Setting)?.Field == field);

    // Weights of one shape and place are none of another, and what a run trained on cannot measure the one that goes on from it.
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
        : IsForked(field) && (field is nameof(RunForm.Architecture) or nameof(RunForm.Latents)) ? "Stays: the checkpoint's weights have this shape."
        : IsForked(field) ? "Stays: the checkpoint was trained on this, and the clips it held out stay held out."
        : HasNoUse(field) ? $"{TrainArchitectures.Find(form.Architecture)!.Name} has none: a fixed penalty decides how many features are active."
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
        if (sweep is null && reading.Request is null || sweep is { Requests.Count: 0 }) return;
        starting = true;
        var begun = 0;
        try
        {
            var actor = await Actors.GetAsync();
            // It may wait in the queue while the run it comes from goes on and drops its older states.
            if (fork is not null) Registry.Pin(from!.Id, fork.Step!.Value, pinned: true, actor);
            if (sweep is null)
            {
                var id = Registry.Start(RunPlanMaker.Make(reading.Request!, stored, fork), reading.Request!.Name, actor);
                Navigation.NavigateTo($"runs/{id}");
                return;
            }
            var label = Desk.SweepLabel(form.Name.Trim(), lines);
            foreach (var request in sweep.Requests)
            {
                Registry.Start(RunPlanMaker.Make(request, Desk.Stored(request), fork, label), request.Name, actor);
                begun++;
            }
            Navigation.NavigateTo($"runs/compare?sweep={Uri.EscapeDataString(label)}");
        }
        catch (UserException error)
        {
            refusal = begun == 0 ? error.Message : $"{begun} of {sweep!.Requests.Count} runs are queued, see Runs. Then: {error.Message}";
            starting = false;
        }
    }
}

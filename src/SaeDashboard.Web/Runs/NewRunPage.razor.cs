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
    private Repaint? repaint;
    private string? refusal;
    private bool tried, starting;

    /// <summary>The run whose settings the form begins with.</summary>
    [SupplyParameterFromQuery] public string? From { get; set; }

    private string Beginning => from is null ? "As it opens this is the default run." : $"It begins with the settings of {from.Name}.";

    private string LayerHint => choices.Model(form.Model) is { Layers: > 0 } model
        ? $"0 to {model.Layers - 1}: the residual stream after it is what is taken apart."
        : "The residual stream after it is what is taken apart.";

    private string ArchitectureHint => ArchitectureChoice.Find(form.Architecture)?.Explanation ?? "How it is decided which features are active.";

    private string ClipsHint => choices.Dataset(form.Dataset)?.ClipsIn(RunRequest.Split) is > 0 and var clips
        ? $"How many of the {RunText.Whole(clips)} to train on; empty: all. Fewer are faster."
        : "How many to train on; empty: all. Fewer are faster.";

    private string StepsHint => reading.Request is { CollectedColumns: > 0 } request
        ? $"{RunText.Count(request.TrainedColumns)} columns of training: {RunText.Fixed((double)request.TrainedColumns / request.CollectedColumns, 1)} times through the data."
        : "How long it trains.";

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        choices = Desk.Choices();
        from = From is { } id ? Registry.Find(id) : null;
        form = from is null ? RunForm.Default(choices) : RunForm.From(from.Plan, choices);
        Read();
    }

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        if (!firstRender) return;
        repaint = new Repaint(() => InvokeAsync(CatalogChanged));
        Catalog.Changed += OnCatalogChanged;
        repaint.Ask();
    }

    /// <summary>Lets go of the catalog.</summary>
    public void Dispose()
    {
        Catalog.Changed -= OnCatalogChanged;
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

    private Action<ChangeEventArgs> Change(string field, Action<string> set) => change =>
    {
        set(change.Value?.ToString() ?? "");
        touched.Add(field);
        refusal = null;
        Read();
    };

    private void Read()
    {
        reading = Desk.Read(form, choices);
        stored = reading.Request is { } request ? Desk.Stored(request) : null;
        estimate = reading.Request is { } costed ? Desk.Estimate(costed, stored is not null) : null;
    }

    private string? Problem(string field) => tried || touched.Contains(field) ? reading.Problems.GetValueOrDefault(field) : null;

    private string? Invalid(string field) => Problem(field) is null ? null : "true";

    private async Task StartAsync()
    {
        tried = true;
        refusal = null;
        Read();
        if (reading.Request is not { } request) return;
        starting = true;
        try
        {
            var id = Registry.Start(RunPlanMaker.Make(request, stored), request.Name, await Actors.GetAsync());
            Navigation.NavigateTo($"runs/{id}");
        }
        catch (UserException error)
        {
            refusal = error.Message;
            starting = false;
        }
    }
}

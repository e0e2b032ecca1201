using System.Globalization;
using Microsoft.AspNetCore.Components;
using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Sounds;

/// <summary>Search by sound: a sound, a moment of it, and the features that fire there.</summary>
public sealed partial class ListenPage : IDisposable
{
    private static readonly (FiringOrder Order, string Words)[] Orders =
        [(FiringOrder.Max, "largest, × p99"), (FiringOrder.Mean, "mean, × p99"), (FiringOrder.Share, "share of the columns")];

    private CatalogSae? sae;
    private FeatureSet? set;
    private IReadOnlyList<CatalogSae> saes = [];
    private ListenQuery query = new();
    private ReadingState? state;
    private FrameSpan span;
    private IReadOnlyList<FiringFigures> ranked = [];
    private IReadOnlyList<(FiringFigures Figures, FeatureRow Row)> rows = [];
    private string missing = "";
    private Throttle? repaint;

    [Parameter] public string SaeId { get; set; } = "";

    // Asked for by name so that a change of any of them draws the page again; ListenQuery reads them.
    [SupplyParameterFromQuery] private string? Sound { get; set; }
    [SupplyParameterFromQuery] private string? Name { get; set; }
    [SupplyParameterFromQuery] private string? Clip { get; set; }
    [SupplyParameterFromQuery] private string? Take { get; set; }
    [SupplyParameterFromQuery] private string? Arm { get; set; }
    [SupplyParameterFromQuery] private string? Prompt { get; set; }
    [SupplyParameterFromQuery] private string? Seed { get; set; }
    [SupplyParameterFromQuery] private string? Seconds { get; set; }
    [SupplyParameterFromQuery] private string? From { get; set; }
    [SupplyParameterFromQuery] private string? To { get; set; }
    [SupplyParameterFromQuery] private string? By { get; set; }
    [SupplyParameterFromQuery] private string? All { get; set; }
    [SupplyParameterFromQuery] private string? Rows { get; set; }

    /// <summary>Whether the address asks for a sound.</summary>
    private bool Asked => (Sound ?? Clip ?? Take ?? Prompt) is not null;

    private string Moment
    {
        get
        {
            var rate = state!.Result!.Activations.FrameRate;
            return query.From is null && query.To is null ? "The whole sound."
                : string.Create(CultureInfo.InvariantCulture, $"From {span.From / rate:0.00} to {span.To / rate:0.00} s, {span.Length} {(span.Length == 1 ? "frame" : "frames")}.");
        }
    }

    public void Dispose()
    {
        Readings.Changed -= Soon;
        Labels.Changed -= Renamed;
        Catalog.Changed -= Soon;
        repaint?.Dispose();
    }

    protected override void OnParametersSet()
    {
        query = ListenQuery.Parse(name => name switch
        {
            "sound" => Sound, "name" => Name, "clip" => Clip, "take" => Take, "arm" => Arm, "prompt" => Prompt, "seed" => Seed, "seconds" => Seconds,
            "from" => From, "to" => To, "by" => By, "all" => All, "rows" => Rows, _ => null,
        });
        Read();
    }

    protected override void OnAfterRender(bool firstRender)
    {
        if (!firstRender) return;
        repaint = Throttle.ForPage(() => InvokeAsync(() =>
        {
            Read();
            StateHasChanged();
        }));
        Readings.Changed += Soon;
        Labels.Changed += Renamed;
        Catalog.Changed += Soon;
        Soon();
    }

    private static string Text(double? value) => value?.ToString("0.###", CultureInfo.InvariantCulture) ?? "";

    private string Title(ReadSound read) => query is { Source: BroughtSource, Name: { } name } ? name : read.Title;

    private void Read()
    {
        sae = Catalog.Sae(SaeId);
        saes = Features.Saes;
        missing = sae is null && !Catalog.HasLooked ? "The SAEs in the data folder are being read. This page updates as soon as they are known."
            : sae is null ? $"No SAE here is named '{SaeId}'. It may have been renamed or removed." : sae.Problem ?? sae.IndexProblem ?? "This SAE has no feature index yet. Index it on the Data page.";
        try
        {
            set = sae is null ? null : Features.Open(SaeId);
            // A page that is only drawn ahead generates nothing: a program that follows links would fill the queue.
            state = set is null || query.Source is not { } source || (source is PromptSource && !RendererInfo.IsInteractive) ? null : Readings.Open(SaeId, source);
        }
        catch (UserException error)
        {
            (set, state, missing) = (null, null, error.Message);
        }
        Rank();
    }

    private void Rank()
    {
        (ranked, rows) = ([], []);
        if (set is null || state?.Result is not { Activations: var sound }) return;
        span = FrameSpan.Of(query.From, query.To, sound.Frames, sound.FrameRate);
        ranked = FiringRanking.Of(sound, span, query.By, set.Index.P99, query.All ? [] : set.Index.Kept);
        var labels = Features.Labels(set);
        rows = [.. ranked.Take(query.Rows).Select(figures => (figures, set.Row(figures.Feature, labels.GetValueOrDefault(figures.Feature))))];
    }

    private void Show(ListenQuery wanted) => Navigation.NavigateTo($"listen/{SaeId}{wanted.ToQueryString()}", replace: true);

    private Task CancelAsync() => query.Source is { } source ? Readings.CancelAsync(SaeId, source) : Task.CompletedTask;

    private void Again()
    {
        if (query.Source is { } source) Readings.Restart(SaeId, source);
    }

    private void Soon() => repaint?.Set();

    private void Renamed(FeatureKey key)
    {
        if (key.SaeHash == set?.SaeHash) Soon();
    }
}

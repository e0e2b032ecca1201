using System.Text.Json;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs;

namespace SaeDashboard.Web.Api;

/// <summary>The runs. What they have logged is in <see cref="RunEndpoints"/>.</summary>
internal static class RunResource
{
    private static readonly ApiParameter Text = ApiParameter.Text("q", "Words that the name, the tags or the note contain, all of them.", 200, "topk");
    private static readonly ApiParameter State = ApiParameter.Word<RunState>("state", "Only runs in this state.", null);
    private static readonly ApiParameter Architecture = ApiParameter.Word<TrainArchitecture>("architecture", "Only runs that train an SAE of this architecture.", null);
    private static readonly ApiParameter Tag = ApiParameter.Text("tag", "Only runs with this tag.", RunTags.MaxLength);
    private static readonly ApiParameter Sort = ApiParameter.Word<RunSort>("sort", "What the list is ordered by.", RunSort.Started);
    private static readonly ApiParameter Reverse = ApiParameter.Flag("reverse", "Whether the order is turned around. Without it the newest and the largest come first, and names ascend.");

    public static void MapRuns(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/runs", (HttpContext context, IRunRegistry registry) => ApiPaging.Of(context, Chosen(registry, new ApiQuery(context.Request)), ApiRun.Of))
            .Says("listRuns", "The runs, filtered and in order", "The filters and orders of the page /runs; the runs of a sweep are together, at the place of the first of them.")
            .Lists<ApiRun>(Text, State, Architecture, Tag, Sort, Reverse);
        app.MapGet(ApiSetup.Root + "/runs/{id}", (string id, IRunRegistry registry) => registry.Find(id) is { } run ? Results.Ok(ApiRunDetails.Of(run))
                : ApiProblems.NotFound($"There is no run '{id}'. {ApiSetup.Root}/runs lists what there is."))
            .Says("getRun", "One run with its settings, its stages and the newest value of every series").Takes().Produces<ApiRunDetails>().Fails(404, "There is no such run.");
    }

    private static IReadOnlyList<RunView> Chosen(IRunRegistry registry, ApiQuery asked)
    {
        var query = new RunListQuery
        {
            Text = asked.Text(Text) ?? "", State = asked.Word<RunState>(State), Architecture = asked.Word<TrainArchitecture>(Architecture), Tag = asked.Text(Tag) ?? "",
            Sort = asked.Word<RunSort>(Sort)!.Value, Reversed = asked.Flag(Reverse),
        };
        return [.. query.Apply(registry.Runs).SelectMany(group => group.Runs)];
    }
}

/// <summary>A run as lists show it.</summary>
/// <param name="Id">Its id. <example>run-20261130-101502-x7k2</example></param>
/// <param name="Name">What people call it.</param>
/// <param name="State">Its state.</param>
/// <param name="Stage">The stage it is in.</param>
/// <param name="Fraction">Share of the whole run that is done, 0 to 1.</param>
/// <param name="EtaSeconds">Seconds to its end; null: not known, or not running.</param>
/// <param name="Device">What it computes on: cpu, cuda:0.</param>
/// <param name="Owner">Who started it; null: not known.</param>
/// <param name="CreatedUtc">When it was planned.</param>
/// <param name="Tags">What people sort it by.</param>
/// <param name="Sweep">The sweep it belongs to; null: none.</param>
/// <param name="ExplainedVariance">Newest share of the variance that its SAE explains, at most 1; null: not known.</param>
/// <param name="L0">Newest mean number of active features in a column; null: not known.</param>
/// <param name="DeadShare">Newest share of dead features, 0 to 1; null: not known.</param>
/// <param name="HasSae">Whether its SAE is there.</param>
/// <param name="Address">This run with all that is known of it.</param>
/// <param name="Page">The page that shows it, from the site's root.</param>
public sealed record ApiRun(
    string Id, string Name, RunState State, StageName Stage, double Fraction, double? EtaSeconds, string Device, string? Owner, DateTimeOffset CreatedUtc, IReadOnlyList<string> Tags, string? Sweep,
    double? ExplainedVariance, double? L0, double? DeadShare, bool HasSae, string Address, string Page)
{
    internal static ApiRun Of(RunView run) => new(
        run.Id, run.Name, run.Status.State, run.Status.Stage, RunFormatting.Fraction(run), RunFormatting.Eta(run), run.Device, run.Owner, run.CreatedUtc, run.Tags, run.Plan.Sweep,
        RunFormatting.ExplainedVariance(run).Value, RunFormatting.Metric(run, "l0"), RunFormatting.Metric(run, "deadShare"), run.SaeMade, $"{ApiSetup.Root}/runs/{run.Key}", "/" + run.Href);
}

/// <summary>A run with all that is known of it.</summary>
/// <param name="Run">What lists show.</param>
/// <param name="Error">What went wrong; null: nothing.</param>
/// <param name="Waiting">Why it waits; null: it does not.</param>
/// <param name="Note">What people wrote about it.</param>
/// <param name="Step">Steps of its stage that are done.</param>
/// <param name="Total">Steps that the stage has; 0: not known.</param>
/// <param name="Rate">Columns a second.</param>
/// <param name="Stages">All stages, in order; null: the stage is the whole run.</param>
/// <param name="Latest">The newest value of every series, by its name; null where it was not finite.</param>
/// <param name="Settings">Its config.json: docs/training-settings.md describes every setting. Null: nothing is known of its settings.</param>
/// <param name="Metrics">Address of every value it has logged.</param>
public sealed record ApiRunDetails(
    ApiRun Run, string? Error, string? Waiting, string Note, long Step, long Total, double? Rate, IReadOnlyList<RunStage>? Stages, IReadOnlyDictionary<string, double?> Latest, IReadOnlyDictionary<string, JsonElement>? Settings, string Metrics)
{
    internal static ApiRunDetails Of(RunView run) => new(
        ApiRun.Of(run), run.Status.Error, run.Waiting, run.Note, run.Status.Step, run.Status.Total, Finite.Of(run.Status.Rate), run.Status.Stages, run.Latest,
        run.HasSettings ? JsonSerializer.SerializeToElement(run.Plan, JsonDefaults.Lines).Deserialize<Dictionary<string, JsonElement>>() : null, $"{ApiSetup.Root}/runs/{run.Key}/metrics.json");
}

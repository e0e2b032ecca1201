using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs;
using JobRow = SaeDashboard.Storage.JobRow;

namespace SaeDashboard.Web.Api;

/// <summary>Which jobs a list has.</summary>
internal enum JobFilter
{
    /// <summary>All of them.</summary>
    All,

    /// <summary>Those that wait or are at work.</summary>
    Open,

    /// <summary>Those that have ended.</summary>
    Ended,
}

/// <summary>The queue of jobs, its history, and what happens in it as it happens.</summary>
internal static class JobResource
{
    private static readonly ApiParameter Filter = ApiParameter.Word<JobFilter>("state", "Which jobs: those that wait or are at work, those that have ended, or all.", JobFilter.All);

    public static void MapJobs(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/jobs", (HttpContext context, JobViews jobs) => ApiPaging.Of(context, jobs.List(new ApiQuery(context.Request).Word<JobFilter>(Filter)!.Value), jobs.Of))
            .Says("listJobs", "The jobs, newest first", "A job is one piece of work on a run: its start, or its resume from a checkpoint.").Lists<ApiJob>(Filter);
        app.MapGet(ApiSetup.Root + "/jobs/{job:long}", (long job, JobViews jobs) => jobs.Find(job) is { } found ? Results.Ok(jobs.Of(found)) : NoSuch(job))
            .Says("getJob", "One job, by its number").Takes().Produces<ApiJob>().Fails(404, "There is no such job.");
        app.MapPost(ApiSetup.Root + "/jobs/{job:long}/cancel", (long job, JobViews jobs, IRunRegistry registry, HttpContext context) =>
            {
                if (jobs.Find(job) is not { } found) return NoSuch(job);
                if (found.EndedUtc is not null) return ApiProblems.Conflict(FormattableString.Invariant($"Job {job} has ended: {found.State.Name()}."), jobs.Of(found));
                return ApiProblems.Try(() =>
                {
                    registry.Cancel(found.RunId, context.User.ToActor());
                    return Results.Json(jobs.Of(jobs.Find(job)!), statusCode: StatusCodes.Status202Accepted);
                }, StatusCodes.Status409Conflict);
            })
            .Says("cancelJob", "Asks a job to stop", "A job that waits leaves the queue at once. One that is at work saves its state first; the run can be resumed.")
            .Takes().Produces<ApiJob>(202).Fails(404, "There is no such job.").Fails(409, "It has ended, or is ending.");
        app.MapGet(ApiSetup.Root + "/jobs/events", (HttpContext context, JobFeed feed) => feed.Open(context))
            .Says("watchJobs", "What happens to jobs, as Server-Sent Events", "Each event has the type job and a job as its data: first those that wait or are at work, then every job that " +
                "changes, at most five times a second. A client that reconnects with Last-Event-ID (as EventSource does by itself) gets what it missed. Every 15 s an event of the type alive keeps the connection open.")
            .Takes().Produces<ApiJob>(200, "text/event-stream").Fails(429, "Too many programs watch; ask again after Retry-After seconds.");
    }

    private static IResult NoSuch(long job) => ApiProblems.NotFound(FormattableString.Invariant($"There is no job {job}. {ApiSetup.Root}/jobs lists what there is."));
}

/// <summary>Jobs as the API shows them: the queue's rows with the progress of their runs.</summary>
internal sealed class JobViews(JobRepository jobs, IRunRegistry registry, IStoreAccess store)
{
    /// <summary>Newest first.</summary>
    public IReadOnlyList<JobRow> List(JobFilter filter = JobFilter.All)
    {
        var all = store.Read(() => jobs.Recent(int.MaxValue));
        return filter == JobFilter.All ? all : [.. all.Where(job => job.EndedUtc is null == (filter == JobFilter.Open))];
    }

    public JobRow? Find(long id) => List().FirstOrDefault(job => job.Id == id);

    /// <summary>The newest job of a run; null: it has none.</summary>
    public JobRow? OfRun(string run) => List().FirstOrDefault(job => job.RunId == run);

    public ApiJob Of(JobRow job)
    {
        var run = registry.Find(job.RunId);
        var open = job.EndedUtc is null ? run : null;
        return new ApiJob(
            job.Id, job.RunId, run?.Name, job.Kind, job.Device, job.State, job.Message, job.Owner, job.QueuedUtc, job.StartedUtc, job.EndedUtc, open?.Status.Stage,
            open is null ? null : Math.Round(RunFormatting.Fraction(open), 4), open is null ? null : RunFormatting.Eta(open), open is null ? null : registry.PlaceInQueue(job.RunId), open?.Waiting,
            open is not null && (registry.IsStopping(job.RunId) || registry.IsPausing(job.RunId)), $"{ApiSetup.Root}/runs/{Uri.EscapeDataString(job.RunId)}");
    }
}

/// <summary>A job.</summary>
/// <param name="Id">Its number, which is the queue's order. <example>3</example></param>
/// <param name="Run">The run it works on.</param>
/// <param name="RunName">What people call the run; null: the run was deleted.</param>
/// <param name="Kind">Whether it starts the run or resumes it.</param>
/// <param name="Device">What it computes on: cpu, cuda:0.</param>
/// <param name="State">queued, running, or how it ended.</param>
/// <param name="Message">How it ended; null: it has not, or there is nothing to say.</param>
/// <param name="Owner">Who queued it.</param>
/// <param name="QueuedUtc">When.</param>
/// <param name="StartedUtc">When its worker was started; null: not yet.</param>
/// <param name="EndedUtc">When it ended; null: not yet.</param>
/// <param name="Stage">The stage its run is in; null: it has ended.</param>
/// <param name="Fraction">Share of the run that is done, 0 to 1; null: it has ended.</param>
/// <param name="EtaSeconds">Seconds to the run's end; null: not known.</param>
/// <param name="PlaceInQueue">Its place among those that wait, from 1; null: it does not wait.</param>
/// <param name="Waiting">Why it waits; null: it does not.</param>
/// <param name="Stopping">Whether it was asked to stop or to pause and has not yet.</param>
/// <param name="RunAddress">The run with all that is known of it.</param>
public sealed record ApiJob(
    long Id, string Run, string? RunName, JobKind Kind, string Device, RunState State, string? Message, string Owner, DateTimeOffset QueuedUtc, DateTimeOffset? StartedUtc, DateTimeOffset? EndedUtc,
    StageName? Stage, double? Fraction, double? EtaSeconds, int? PlaceInQueue, string? Waiting, bool Stopping, string RunAddress);

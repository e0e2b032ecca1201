using SaeDashboard.Storage;

namespace SaeDashboard.Web.Jobs;

/// <summary>A job that waits for its device.</summary>
/// <param name="Id">Its row in the database; the order of the queue.</param>
/// <param name="RunId">The run.</param>
/// <param name="Resume">Whether it resumes from its last checkpoint.</param>
/// <param name="Device">What it computes on: "cpu", "cuda:0".</param>
/// <param name="Owner">Who asked for it.</param>
internal sealed record QueuedJob(long Id, string RunId, bool Resume, string Device, Actor Owner);

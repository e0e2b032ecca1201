using SaeDashboard.Storage;

namespace SaeDashboard.Web.Jobs;

/// <summary>A job that waits for the device.</summary>
/// <param name="Id">Its row in the database; the order of the queue.</param>
/// <param name="RunId">The run.</param>
/// <param name="Resume">Whether it goes on with what is there.</param>
/// <param name="Owner">Who asked for it.</param>
internal sealed record QueuedJob(long Id, string RunId, bool Resume, Actor Owner);

using System.Runtime.ExceptionServices;

namespace SaeDashboard.Storage.Writing;

/// <summary>A write that waits for its turn, and how it ended.</summary>
/// <param name="Actor">Who writes.</param>
/// <param name="Action">What is done, as the audit says it.</param>
/// <param name="Subject">To what.</param>
/// <param name="Always">Noted even when it changes no document.</param>
/// <param name="Work">Makes the changes; on the thread of the one whose turn it is.</param>
internal sealed record WriteRequest(Actor Actor, string Action, string Subject, bool Always, Action<WriteScope> Work)
{
    /// <summary>It is on the disk and visible, or it failed.</summary>
    public bool Done { get; set; }

    /// <summary>Why it failed; null: it did not.</summary>
    public ExceptionDispatchInfo? Failure { get; set; }
}

using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage.Journals;

/// <summary>One line of the journal: one write of one person, as a whole.</summary>
/// <param name="Seq">Its number: 1, 2, 3, …</param>
/// <param name="At">When, UTC.</param>
/// <param name="Actor">Who.</param>
/// <param name="Action">What was done: "label.add".</param>
/// <param name="Subject">To what.</param>
/// <param name="Detail">More for the audit, as JSON; null: nothing.</param>
/// <param name="Changes">The documents it changed.</param>
internal sealed record JournalEntry(long Seq, DateTimeOffset At, Actor Actor, string Action, string Subject, string? Detail, IReadOnlyList<Change> Changes);

namespace SaeDashboard.Storage;

/// <summary>What people add to a run; its status is in its folder.</summary>
/// <param name="Id">The folder's name.</param>
/// <param name="Name">What it is called.</param>
/// <param name="OwnerId">Who started it.</param>
/// <param name="Owner">Their name.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="DeletedUtc">When it was deleted; null: it was not.</param>
public sealed record RunRow(string Id, string Name, string OwnerId, string Owner, DateTimeOffset CreatedUtc, DateTimeOffset? DeletedUtc);

namespace SaeDashboard.Storage;

/// <summary>What people add to a take; its sound is in its folder.</summary>
/// <param name="Id">The folder's name.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Starred">Whether a person marked it.</param>
/// <param name="Stars">1 … 5; null: not rated.</param>
/// <param name="Position">Its place in a list ordered by hand; smaller is higher.</param>
/// <param name="OwnerId">Who made it.</param>
/// <param name="Owner">Their name.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="DeletedUtc">When it was deleted; null: it was not.</param>
public sealed record TakeRow(string Id, string Name, bool Starred, int? Stars, double Position, string OwnerId, string Owner, DateTimeOffset CreatedUtc, DateTimeOffset? DeletedUtc);

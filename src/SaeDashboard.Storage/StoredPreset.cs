namespace SaeDashboard.Storage;

/// <summary>A preset with who keeps it.</summary>
/// <param name="Id">Its id: the end of its link.</param>
/// <param name="Preset">What it is.</param>
/// <param name="AuthorId">Who made it.</param>
/// <param name="Author">Their name.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="Shipped">Whether it came with the program.</param>
/// <param name="DeletedUtc">When it was deleted; null: it was not.</param>
public sealed record StoredPreset(string Id, SteeringPreset Preset, string AuthorId, string Author, DateTimeOffset CreatedUtc, bool Shipped, DateTimeOffset? DeletedUtc);

namespace SaeDashboard.Storage;

/// <summary>A person, or the program itself.</summary>
/// <param name="Id">Never changes.</param>
/// <param name="Name">What others see.</param>
/// <param name="CreatedUtc">When they came.</param>
public sealed record UserRow(string Id, string Name, DateTimeOffset CreatedUtc);

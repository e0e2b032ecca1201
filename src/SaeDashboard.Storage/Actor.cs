namespace SaeDashboard.Storage;

/// <summary>Who does something: on every write.</summary>
/// <param name="UserId">Id of the user's row.</param>
/// <param name="Name">The name people see.</param>
public sealed record Actor(string UserId, string Name);

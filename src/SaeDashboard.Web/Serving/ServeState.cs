namespace SaeDashboard.Web.Serving;

/// <summary>How the music worker is.</summary>
/// <param name="Status">Whether it works.</param>
/// <param name="Message">What is happening, for a person; null when there is nothing to report.</param>
/// <param name="RetryUtc">When it is started again, while it is down.</param>
/// <param name="Queue">Generations that are waiting or running.</param>
/// <param name="Model">The model it holds; null until one is loaded.</param>
public sealed record ServeState(ServeStatus Status, string? Message, DateTimeOffset? RetryUtc, int Queue, ServeModel? Model);

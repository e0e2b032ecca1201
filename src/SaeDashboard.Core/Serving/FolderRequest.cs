namespace SaeDashboard.Core.Serving;

/// <summary>What <c>POST /v1/models</c> and <c>/v1/saes</c> are asked: to hold what is in a folder.</summary>
/// <param name="Path">The folder.</param>
public sealed record FolderRequest(string Path);

namespace SaeDashboard.Labelling.Tests.Models;

/// <summary>SHA-256 of the published prompt templates.</summary>
internal static class PromptHashes
{
    public const string Label1 = "8553cd4f26954c98d595d7b3f8af845a8f1af072f377e5cf4a1ab8899b925bf7";

    public const string Judge1 = "7b535db2a0af7586090f659a50a3d6d199734d5dd7acd94aea702b6a365702dd";
}

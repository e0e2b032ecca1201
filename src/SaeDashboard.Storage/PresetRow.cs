namespace SaeDashboard.Storage;

/// <summary>A preset in a list, without its codes.</summary>
/// <param name="Id">Its id: the end of its link.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Description">What it does, in a sentence or two.</param>
/// <param name="Prompt">The prompt; null: the null condition.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="Steers">The turned features.</param>
/// <param name="SaeHash">SHA-256 of the SAE's weights.</param>
/// <param name="SaeName">The SAE's name where the preset was made.</param>
/// <param name="CodecHash">SHA-256 of the codec that plays its codes.</param>
/// <param name="AuthorId">Who made it.</param>
/// <param name="Author">Their name.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="Shipped">Whether it came with the program.</param>
public sealed record PresetRow(
    string Id, string Name, string Description, string? Prompt, double Seconds, IReadOnlyList<PresetSteer> Steers, string SaeHash, string SaeName, string CodecHash,
    string AuthorId, string Author, DateTimeOffset CreatedUtc, bool Shipped);

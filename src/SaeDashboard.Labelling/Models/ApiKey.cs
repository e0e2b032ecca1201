using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Labelling.Models;

/// <summary>
/// A provider's key. It comes from an environment variable or from user secrets, stays in memory, and shows itself nowhere: neither as text nor
/// as JSON. Texts that come from a provider or from the network pass through <see cref="Hide"/> before anyone sees them.
/// </summary>
public sealed class ApiKey
{
    /// <summary>What appears in place of a key.</summary>
    public const string Hidden = "[key]";

    /// <summary>The id of this program's user secrets, for <c>dotnet user-secrets --id</c>.</summary>
    public const string UserSecretsId = "saedashboard";

    private const int MinLength = 8, MaxLength = 1024, MaxSecretsBytes = 1 << 20;

    private readonly string value;

    private ApiKey(string value) => this.value = value;

    /// <summary>Reads a key by its name: first the environment variable, then the user secrets of the person who started the program.</summary>
    /// <param name="name">The variable's name, such as OPENAI_API_KEY.</param>
    /// <param name="environment">Null: the process's.</param>
    /// <param name="secretsPath">Null: the file that <c>dotnet user-secrets</c> writes.</param>
    /// <returns>Null: there is none.</returns>
    /// <exception cref="UserException">The key cannot be one, or the file of user secrets is not readable. The message does not contain the key.</exception>
    public static ApiKey? Find(string name, Func<string, string?>? environment = null, string? secretsPath = null)
    {
        if ((environment ?? Environment.GetEnvironmentVariable)(name) is { Length: > 0 } value) return Of(value, $"The environment variable {name}");
        var path = secretsPath ?? DefaultSecretsPath;
        if (!File.Exists(path)) return null;
        JsonDocument secrets;
        try
        {
            secrets = JsonDocument.Parse(WholeFile.Read(path, MaxSecretsBytes), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException error)
        {
            throw new UserException($"{path} is not JSON: write it with 'dotnet user-secrets set {name} KEY --id {UserSecretsId}'.", error);
        }
        using (secrets)
        {
            return secrets.RootElement.ValueKind == JsonValueKind.Object && secrets.RootElement.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.String
                ? Of(found.GetString()!, $"{path}: {name}")
                : null;
        }
    }

    /// <summary>As <see cref="Find"/>, and an error that says where a key is expected.</summary>
    /// <exception cref="UserException">There is none, or as <see cref="Find"/>.</exception>
    public static ApiKey Require(string name, Func<string, string?>? environment = null, string? secretsPath = null) => Find(name, environment, secretsPath)
        ?? throw new UserException($"There is no key: set the environment variable {name}, or run 'dotnet user-secrets set {name} KEY --id {UserSecretsId}', and start the program again.");

    /// <summary>The key itself, for the one header that carries it.</summary>
    public string Reveal() => value;

    /// <summary>A text with every occurrence of the key replaced.</summary>
    public string Hide(string text) => text.Contains(value, StringComparison.Ordinal) ? text.Replace(value, Hidden, StringComparison.Ordinal) : text;

    public override string ToString() => Hidden;

    private static string DefaultSecretsPath => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".microsoft", "usersecrets", UserSecretsId, "secrets.json");

    private static ApiKey Of(string value, string where)
    {
        var key = value.Trim();
        // A short one would be found by chance in any text that is shown.
        if (key.Length is < MinLength or > MaxLength || key.Any(letter => letter is <= ' ' or > '~'))
            throw new UserException($"{where} is not a key: expected {MinLength} to {MaxLength} visible ASCII characters.");
        return new ApiKey(key);
    }
}

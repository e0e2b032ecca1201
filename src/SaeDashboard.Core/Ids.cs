using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SaeDashboard.Core;

/// <summary>
/// Generated ids such as <c>run-20261123-101502-x7k2</c>: the kind, the time of creation (UTC) and four random characters. Ordinal order is
/// the order of creation, to the second.
/// </summary>
public static class Ids
{
    // No 0/o, 1/l/i: people read these aloud.
    private const string Alphabet = "23456789abcdefghjkmnpqrstuvwxyz";
    private const int TailLength = 4;

    private static readonly SearchValues<char> TailCharacters = SearchValues.Create(Alphabet);
    private static readonly Lock Gate = new();
    private static readonly HashSet<string> MadeThisSecond = [];
    private static string lastStamp = "";

    /// <summary>A new id of the given kind, unique within the process.</summary>
    /// <param name="kind">What it names: lower-case letters, such as "run" or "sae".</param>
    /// <param name="clock">The clock; null: the system's.</param>
    public static string New(string kind, TimeProvider? clock = null)
    {
        if (kind.Length == 0 || !kind.All(char.IsAsciiLetterLower))
            throw new ArgumentException($"An id's kind is lower-case letters, not '{kind}'.", nameof(kind));
        var stamp = (clock ?? TimeProvider.System).GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        lock (Gate)
        {
            if (stamp != lastStamp)
            {
                MadeThisSecond.Clear();
                lastStamp = stamp;
            }
            while (true)
            {
                var id = $"{kind}-{stamp}-{RandomNumberGenerator.GetString(Alphabet, TailLength)}";
                if (MadeThisSecond.Add(id)) return id;
            }
        }
    }

    /// <summary>
    /// The id of something that ships with the program, derived from its name: the same on every machine, so that links work anywhere. Its
    /// time is the beginning of 2026, before anything users create.
    /// </summary>
    /// <param name="kind">What it names: lower-case letters.</param>
    /// <param name="name">Its name, unique within the kind, such as its file name.</param>
    public static string Shipped(string kind, string name) => Derived(kind, name, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>The id of something that is named by its content: the same for the same name and time.</summary>
    /// <param name="kind">What it names: lower-case letters.</param>
    /// <param name="name">Its name, unique within the kind, such as a hash.</param>
    /// <param name="created">When it was created.</param>
    public static string Derived(string kind, string name, DateTimeOffset created)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(name));
        var tail = string.Concat(hash.Take(TailLength).Select(each => Alphabet[each % Alphabet.Length]));
        return $"{kind}-{created.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}-{tail}";
    }

    /// <summary>The time of creation in this id, UTC; null if it is not an id.</summary>
    public static DateTimeOffset? CreatedUtc(string id)
    {
        var start = id.IndexOf('-', StringComparison.Ordinal) + 1;
        return start > 0 && IsValid(id[..(start - 1)], id)
            ? DateTimeOffset.ParseExact(id.AsSpan(start, 15), "yyyyMMdd-HHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
            : null;
    }

    /// <summary>Whether the text is an id of this kind, and so is safe as a folder name.</summary>
    public static bool IsValid(string kind, string id)
    {
        var start = kind.Length + 1;
        return id.Length == start + 15 + 1 + TailLength
            && id.StartsWith(kind + "-", StringComparison.Ordinal)
            && DateTime.TryParseExact(id.AsSpan(start, 15), "yyyyMMdd-HHmmss", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            && id[start + 15] == '-'
            && id.AsSpan(start + 16).IndexOfAnyExcept(TailCharacters) < 0;
    }
}

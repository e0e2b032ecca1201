using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace SaeDashboard.Web.Identity;

/// <summary>Random words that open something, and what is kept of them.</summary>
internal static class Secrets
{
    /// <summary>A new word of 256 random bits, of letters, digits, "-" and "_".</summary>
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>What is kept of a word: SHA-256 in hexadecimal. A word of 256 random bits cannot be found from it, so it needs no slow hash.</summary>
    public static string Hash(string word) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(word)));

    /// <summary>Whether a word is the one of a hash; takes as long for a wrong one.</summary>
    public static bool Matches(string? word, string hash) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash(word ?? "")), Encoding.ASCII.GetBytes(hash));
}

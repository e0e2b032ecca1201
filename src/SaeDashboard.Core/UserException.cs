using System.Text;

namespace SaeDashboard.Core;

/// <summary>
/// An error outside the program (a file, an argument, a missing library). The message is for users: it says what was wrong, where, and what
/// to do. The command line prints it without a stack trace and exits with 1. Messages may contain names from untrusted files: control
/// characters, which could move a terminal's cursor, become U+FFFD, and line ends, which could look like another message, become spaces. In a
/// message longer than <see cref="MaxMessageLength"/> the middle is left out.
/// </summary>
public sealed class UserException : Exception
{
    /// <summary>Characters of the longest message.</summary>
    public const int MaxMessageLength = 1200;

    private const int KeptEnd = 400;
    private const string LeftOut = " … ";

    public UserException(string message) : base(Readable(message)) { }

    public UserException(string message, Exception inner) : base(Readable(message), inner) { }

    private static string Readable(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        // The end is kept, because it says what to do.
        if (message.Length > MaxMessageLength)
            message = string.Concat(message.AsSpan(0, MaxMessageLength - KeptEnd - LeftOut.Length), LeftOut, message.AsSpan(message.Length - KeptEnd));
        if (!message.Any(char.IsControl)) return message;
        var shown = new StringBuilder(message);
        for (var i = 0; i < shown.Length; i++)
        {
            if (char.IsControl(shown[i])) shown[i] = char.IsWhiteSpace(shown[i]) ? ' ' : '\uFFFD';
        }
        return shown.ToString();
    }
}

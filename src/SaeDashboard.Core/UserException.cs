using System.Text;

namespace SaeDashboard.Core;

/// <summary>
/// Something outside the program is wrong (a file, an argument, a missing library). The message is for a person:
/// it says what was wrong, where, and what to do. The command line prints it and exits with 1; no stack trace is shown.
/// Names out of a stranger's file end up in messages: control characters, which could move a terminal's cursor, and those that turn the direction of text are shown as U+FFFD, line ends,
/// which could look like another message, as spaces, and of a message longer than <see cref="LongestMessage"/> the middle is left out.
/// </summary>
public sealed class UserException : Exception
{
    /// <summary>Characters of the longest message.</summary>
    public const int LongestMessage = 1200;

    private const int KeptEnd = 400;
    private const string LeftOut = " … ";

    public UserException(string message) : base(Readable(message)) { }

    public UserException(string message, Exception inner) : base(Readable(message), inner) { }

    private static string Readable(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        // The end says what to do, so it is kept.
        if (message.Length > LongestMessage)
            message = string.Concat(message.AsSpan(0, LongestMessage - KeptEnd - LeftOut.Length), LeftOut, message.AsSpan(message.Length - KeptEnd));
        if (!message.Any(Hides)) return message;
        var shown = new StringBuilder(message);
        for (var i = 0; i < shown.Length; i++)
        {
            if (Hides(shown[i])) shown[i] = char.IsWhiteSpace(shown[i]) ? ' ' : '\uFFFD';
        }
        return shown.ToString();
    }

    private static bool Hides(char letter) => char.IsControl(letter) || PersonText.Turns(letter);
}

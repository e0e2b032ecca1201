namespace SaeDashboard.Core;

/// <summary>
/// Something outside the program is wrong (a file, an argument, a missing library). The message is for a person:
/// it says what was wrong, where, and what to do. The command line prints it and exits with 1; no stack trace is shown.
/// </summary>
public sealed class UserException : Exception
{
    public UserException(string message) : base(message) { }

    public UserException(string message, Exception inner) : base(message, inner) { }
}

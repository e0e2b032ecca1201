using System.CommandLine;

namespace SaeDashboard.Worker.CommandLine;

/// <summary>
/// One verb of the command line: its options, and what it does. A verb declares its options as fields, adds them in
/// its constructor and reads them in <see cref="Run"/>; exit codes, JSON and errors are the same for all and live in
/// <see cref="WorkerCommand"/>.
/// </summary>
/// <param name="name">What people type.</param>
/// <param name="description">One sentence.</param>
/// <param name="examples">Arguments that do something useful, at least one line of them; the help shows them after the program's name.</param>
internal abstract class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples => examples;

    /// <summary>Does the work. Throws <see cref="Core.UserException"/> for user-correctable errors.</summary>
    public abstract VerbResult Run(VerbContext context);
}

/// <summary>A running verb's parsed arguments, progress reporter and cancellation token.</summary>
internal sealed class VerbContext(ParseResult arguments, ConsoleProgress progress, CancellationToken cancellation)
{
    public ConsoleProgress Progress { get; } = progress;

    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>The value of a required option, or of one with a default.</summary>
    public T Get<T>(Option<T> option) => arguments.GetValue(option)!;

    /// <summary>The value of an option of an enumeration's values.</summary>
    public T Get<T>(EnumOption<T> option) where T : struct, Enum => EnumOption<T>.Read(arguments.GetValue(option)!);

    /// <summary>The value of an option that may be missing.</summary>
    public T? Find<T>(Option<T> option) => arguments.GetValue(option);

    /// <summary>Whether the person wrote the option at all (an empty prompt is not a missing one).</summary>
    public bool Has(Option option) => arguments.GetResult(option) is { Implicit: false };
}

/// <summary>What a verb found out: an object for <c>--json</c>, a few lines for a person.</summary>
/// <param name="Data">Serialised as the one JSON object on standard output.</param>
/// <param name="Text">Printed on standard output otherwise.</param>
/// <param name="Failed">Whether what it found out is bad news: exit code 1, though the result is printed.</param>
internal sealed record VerbResult(object Data, string Text, bool Failed = false);

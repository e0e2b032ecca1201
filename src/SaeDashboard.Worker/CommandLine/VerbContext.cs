using System.CommandLine;

namespace SaeDashboard.Worker.CommandLine;

/// <summary>What a running verb is given: its parsed arguments, a way to report progress, and the wish to stop.</summary>
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

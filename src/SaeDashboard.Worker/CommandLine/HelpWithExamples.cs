using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SaeDashboard.Worker.CommandLine;

/// <summary>The library's help, and a verb's examples after it.</summary>
/// <param name="program">What people type to start the program.</param>
/// <param name="width">Characters a line; null: the terminal's width, and no limit where there is none.</param>
internal sealed class HelpWithExamples(string program, int? width) : SynchronousCommandLineAction
{
    private readonly HelpAction help = width is { } characters ? new HelpAction { MaxWidth = characters } : new HelpAction();

    /// <summary>Help is shown although required options are missing.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var code = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is not Verb verb) return code;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine(verb.Examples.Count == 1 ? "Example:" : "Examples:");
        foreach (var example in verb.Examples) output.WriteLine($"  {program} {example}");
        output.WriteLine();
        return code;
    }
}

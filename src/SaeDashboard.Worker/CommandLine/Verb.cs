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

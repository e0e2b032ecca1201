using System.CommandLine;

namespace SaeDashboard.Worker.CommandLine;

/// <summary>
/// One verb of the command line: its options, and what it does. A verb declares its options as fields, adds them in
/// its constructor and reads them in <see cref="Run"/>; exit codes, JSON and errors are the same for all and live in
/// <see cref="WorkerCommand"/>.
/// </summary>
internal abstract class Verb(string name, string description) : Command(name, description)
{
    /// <summary>Does the work. Throws <see cref="Core.UserException"/> for what a person can mend.</summary>
    public abstract VerbResult Run(VerbContext context);
}

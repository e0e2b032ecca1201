using System.Globalization;
using SaeDashboard.Fuzz;

// Usage: SaeDashboard.Fuzz [--cases N] [--seed S] [--only NUMBER]. Exit code 1: a case ended as it should not.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
int Option(string name, int standard) =>
    Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : standard;

var seed = Option("--seed", 1);
if (args.Contains("--child")) return ChildLoop.Run(seed, Option("--from", 0), Option("--to", 0));
var only = Option("--only", -1);
return only >= 0 ? ChildLoop.Run(seed, only, only + 1) : new Supervisor(seed, Option("--cases", 2000)).Run();

using System.CommandLine;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Tests;

/// <summary>The help of every verb as people read it, made in process: no worker is started.</summary>
public sealed class HelpTests
{
    private const string Program = "scripts/worker.sh";

    private static readonly string Snapshots = Path.Combine(WorkerProcess.Root, "tests", "SaeDashboard.Worker.Tests", "Help");

    private static IEnumerable<Verb> Verbs(Command root) => root.Subcommands.OfType<Verb>();

    /// <summary>After a change that is meant: UPDATE_HELP=1 writes the files again; read what changed.</summary>
    [Fact]
    public void Help_is_as_it_was_read_last()
    {
        var root = WorkerCommand.Build(Program, helpWidth: 120);
        var pages = Verbs(root).ToDictionary(verb => verb.Name, verb => Help(root, verb.Name));
        pages[""] = Help(root);
        if (Environment.GetEnvironmentVariable("UPDATE_HELP") == "1")
        {
            foreach (var (verb, text) in pages) File.WriteAllText(Path.Combine(Snapshots, Name(verb)), text);
        }
        Assert.Equal(pages.Keys.Select(Name).Order(StringComparer.Ordinal), Directory.GetFiles(Snapshots).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        foreach (var (verb, text) in pages) Assert.Equal(File.ReadAllText(Path.Combine(Snapshots, Name(verb))), text);
    }

    [Fact]
    public void Every_option_that_takes_a_value_names_it_or_lists_what_it_may_be()
    {
        var root = WorkerCommand.Build(Program);
        var unnamed = Verbs(root).Append(root).SelectMany(command => command.Options
            .Where(option => !option.Hidden && option.ValueType != typeof(bool) && option.Arity.MaximumNumberOfValues > 0)
            .Where(option => option.HelpName is null && option.CompletionSources.Count == 0)
            .Select(option => $"{command.Name} {option.Name}"));
        Assert.Empty(unnamed);
        var loud = Verbs(root).SelectMany(verb => verb.Options).Where(option => option.HelpName is { } name && name.Any(char.IsUpper)).Select(option => option.Name);
        Assert.Empty(loud);
    }

    [Fact]
    public void Every_verb_has_an_example_that_can_be_typed_as_it_is()
    {
        var root = WorkerCommand.Build(Program);
        foreach (var verb in Verbs(root))
        {
            Assert.NotEmpty(verb.Examples);
            Assert.All(verb.Examples, example => Assert.StartsWith(verb.Name, example, StringComparison.Ordinal));
            Assert.All(verb.Examples, example => Assert.Empty(root.Parse(example).Errors.Select(error => $"{example}: {error.Message}")));
        }
    }

    [Fact]
    public void Every_verb_is_in_the_table_of_the_documentation()
    {
        // A row: | `encode`, `decode` | what it does |
        var documented = File.ReadLines(Path.Combine(WorkerProcess.Root, "docs", "command-line.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(line => line.Split('|')[1].Split(',').Select(name => name.Trim(' ', '`')));
        Assert.Equal(Verbs(WorkerCommand.Build(Program)).Select(verb => verb.Name).Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("at-least", true)]
    [InlineData("atLeast", true)]
    [InlineData("AtLeast", true)]
    [InlineData("at-last", false)]
    public void Values_of_enumerations_are_in_kebab_case_and_read_in_their_former_spelling_too(string mode, bool known)
    {
        var errors = WorkerCommand.Build(Program).Parse(["generate", "--model", "m", "--out", "x.wav", "--steer", "s:1=1", "--steer-mode", mode]).Errors;
        if (known) Assert.Empty(errors);
        else Assert.Equal("--steer-mode at-last: expected add, clamp, at-least, scale, ablate.", Assert.Single(errors).Message);
    }

    [Theory]
    [InlineData("--input", "--vectors")]
    [InlineData("--output", "--out")]
    public void A_former_name_of_an_option_is_answered_with_its_present_one(string former, string present)
    {
        var errors = WorkerCommand.Build(Program).Parse(["sae-forward", "--sae", "s", former, "x"]).Errors;
        Assert.Contains($"{former} is called {present} now.", errors.Select(error => error.Message));
    }

    private static string Name(string verb) => $"{(verb.Length == 0 ? "worker" : verb)}.txt";

    private static string Help(Command root, params string[] verb)
    {
        using var output = new StringWriter { NewLine = "\n" };
        Assert.Equal(0, root.Parse([.. verb, "--help"]).Invoke(new InvocationConfiguration { Output = output }));
        return output.ToString().Replace(Path.GetTempPath(), "/tmp/", StringComparison.Ordinal);
    }
}

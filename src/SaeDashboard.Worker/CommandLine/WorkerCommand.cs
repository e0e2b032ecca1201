using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.Activations;
using SaeDashboard.Worker.Bench;
using SaeDashboard.Worker.Clap;
using SaeDashboard.Worker.Evaluation;
using SaeDashboard.Worker.Importing;
using SaeDashboard.Worker.Features;
using SaeDashboard.Worker.Models;
using SaeDashboard.Worker.Music;
using SaeDashboard.Worker.Runs;
using SaeDashboard.Worker.Saes;
using SaeDashboard.Worker.SelfTest;
using SaeDashboard.Worker.Serving;
using SaeDashboard.Worker.Steering;
using SaeDashboard.Worker.Steering.Ladders;
using SaeDashboard.Worker.Steering.Trials;
using SaeDashboard.Worker.Training;

namespace SaeDashboard.Worker.CommandLine;

/// <summary>The command line as a whole: the verbs, what they share, and how they end.</summary>
internal static class WorkerCommand
{
    /// <summary>How long a verb may take to leave things in order after Ctrl+C: a batch of the model, and a checkpoint.</summary>
    private static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(30);

    private static readonly Option<bool> Json = new("--json")
    {
        Description = "Print one JSON object on standard output (progress goes to standard error)",
        Recursive = true,
    };

    private static readonly Option<int> Threads = new Option<int>("--threads")
    {
        Description = "Threads for tensor work (default: Compute:Threads of appsettings.json, else every core)",
        HelpName = "count",
        Recursive = true,
    }.Between(1, 1024);

    /// <summary>What people type to start the program: the script says so that starts it from a clone, elsewhere it is the file's name.</summary>
    private static string Program =>
        (Environment.GetEnvironmentVariable("SAEDASHBOARD_COMMAND") ?? Path.GetFileName(Environment.ProcessPath)) is { Length: > 0 } name && !name.Any(char.IsWhiteSpace)
            ? name
            : "SaeDashboard.Worker";

    public static int Run(string[] args)
    {
        var root = Build(Program);
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in parsed.Errors) Console.Error.WriteLine(problem.Message);
            var verb = parsed.CommandResult.Command;
            Console.Error.WriteLine($"See: {root.Name} {(verb is Verb ? verb.Name + " " : "")}--help");
            return ExitCode.BadArguments;
        }
        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeToStop });
    }

    /// <summary>The verbs under one command.</summary>
    /// <param name="program">What people type to start the program, for the help.</param>
    /// <param name="helpWidth">Characters a line of help; null: the terminal's width, and no limit where there is none.</param>
    public static Command Build(string program, int? helpWidth = null)
    {
        // Not a RootCommand: its name would be the file's, which people who use the script never type.
        var root = new Command(program, "SaeDashboard's engine: makes music with MusicGen, trains sparse autoencoders on its residual stream, and steers with them.")
        {
            new HelpOption { Action = new HelpWithExamples(program, helpWidth) },
            new VersionOption(),
            Json,
            Threads,
        };
        Verb[] verbs =
        [
            new InfoVerb(), new GenerateVerb(), new EncodeVerb(), new DecodeVerb(), new TokenizeVerb(), new TraceVerb(),
            new ImportDatasetVerb(), new CollectVerb(), new TrainVerb(), new IndexVerb(), new AtlasVerb(), new DetectionVerb(), new RunVerb(), new CheckpointsVerb(), new ExportCheckpointVerb(), new EvaluateVerb(), new RedrawVerb(), new SaeForwardVerb(), new ConvertVerb(),
            new FeaturesVerb(), new ClapVerb(), new ClapScoreVerb(), new SteeringVerb(), new EvaluateSteeringVerb(), new StrengthLadderVerb(), new DirectionVerb(), new ServeVerb(), new SelftestVerb(), new BenchVerb(),
        ];
        foreach (var verb in verbs)
        {
            // On a thread of its own: the library listens for Ctrl+C and SIGTERM only while it waits for a task.
            verb.SetAction((arguments, cancellation) => Task.Factory.StartNew(
                () => RunVerb(verb, arguments, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
            OptionRules.ReadStrictly(verb);
            root.Subcommands.Add(verb);
        }
        return root;
    }

    private static int RunVerb(Verb verb, ParseResult arguments, CancellationToken cancellation)
    {
        var progress = new ConsoleProgress(Console.Error, terminal: !Console.IsErrorRedirected);
        try
        {
            var settings = WorkerSettings.Load();
            StartTorch(arguments.GetResult(Threads) is { Implicit: false } ? arguments.GetValue(Threads) : settings.Threads, settings.LibTorch);
            var result = verb.Run(new VerbContext(arguments, progress, cancellation));
            progress.CloseLine();
            Console.Out.WriteLine(arguments.GetValue(Json) ? JsonSerializer.Serialize(result.Data, JsonDefaults.Data) : result.Text);
            return result.Failed ? ExitCode.Failed : ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            return Fail(progress, "Stopped before it was done; nothing half-written was left behind.");
        }
        catch (UserException problem)
        {
            return Fail(progress, problem.Message);
        }
        catch (Exception problem) when (MemoryShortage.Is(problem))
        {
            return Fail(progress, "There is not enough memory for this. End other programs or raise the limit that this one runs under; smaller batches, fewer rows and "
                + "--dtype bfloat16 need less. Nothing half-written was left behind.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return Fail(progress, problem.Message);
        }
    }

    private static void StartTorch(int threads, string libtorch)
    {
        try
        {
            TorchRuntime.Initialize(threads, libtorch);
        }
        catch (InvalidOperationException missing)
        {
            throw new UserException(missing.Message, missing);
        }
    }

    private static int Fail(ConsoleProgress progress, string message)
    {
        progress.CloseLine();
        Console.Error.WriteLine(message);
        return ExitCode.Failed;
    }
}

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The verb failed; standard error says why and what to do.</summary>
    public const int Failed = 1;

    /// <summary>The arguments could not be understood; nothing was started.</summary>
    public const int BadArguments = 2;
}

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

/// <summary>What the worker reads from <c>appsettings.json</c> next to the program: the <c>Compute</c> section.</summary>
/// <param name="Threads">Threads that work on one operation, at least 1.</param>
/// <param name="LibTorch">A folder with another libtorch's libraries, such as a PyTorch installation's torch/lib; empty: the one built with.</param>
internal sealed record WorkerSettings(int Threads, string LibTorch = "")
{
    /// <summary>Reads the settings; a missing file means the defaults, a damaged one is an error.</summary>
    public static WorkerSettings Load()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "appsettings.json");
        if (!File.Exists(path)) return new WorkerSettings(Environment.ProcessorCount);
        try
        {
            using var document = JsonDocument.Parse(WholeFile.Read(path));
            _ = document.RootElement.TryGetProperty("Compute", out var compute);
            var isObject = compute.ValueKind == JsonValueKind.Object;
            var threads = isObject && compute.TryGetProperty(nameof(Threads), out var count) ? count.GetInt32() : 0;
            var libtorch = isObject && compute.TryGetProperty(nameof(LibTorch), out var folder) ? folder.GetString() ?? "" : "";
            if (threads is < 0 or > 1024) throw new UserException($"{path}: Compute:Threads is {threads}; write a number from 1 to 1024, or 0 for every core.");
            return new WorkerSettings(threads == 0 ? Environment.ProcessorCount : threads, libtorch);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or FormatException)
        {
            throw new UserException($"{path} cannot be read: {problem.Message} Correct it, or delete it for the defaults.", problem);
        }
    }
}

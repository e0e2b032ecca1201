using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>The real web program on a free port with a data folder of its own. It can be killed, ended and started again on the same port and data.</summary>
internal sealed partial class SiteProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private readonly StringBuilder output = new();
    private readonly string program;
    private readonly IReadOnlyDictionary<string, string>? image;
    private readonly string[] arguments;
    private Process? process;

    private SiteProcess(string program, IReadOnlyDictionary<string, string>? image, params string[] arguments)
    {
        this.arguments = arguments;
        Data = Directory.CreateTempSubdirectory("sae-e2e-").FullName;
        this.program = program;
        this.image = image;
    }

    /// <summary>The data folder; removed with the site.</summary>
    public string Data { get; }

    /// <summary>"http://127.0.0.1:41234/".</summary>
    public string Url => $"http://127.0.0.1:{Port}/";

    public int Port { get; private set; }

    /// <summary>The web process; also its process group, as in a terminal.</summary>
    public int ProcessId => process!.Id;

    /// <summary>What the program said, all starts together.</summary>
    public string Output
    {
        get { lock (output) return output.ToString(); }
    }

    /// <summary>Starts a site on a fresh data folder and waits until it is ready.</summary>
    /// <param name="prepare">Puts something into the data folder first.</param>
    public static async Task<SiteProcess> StartNewAsync(Action<string>? prepare = null)
    {
        var site = new SiteProcess(Clone.Web, null);
        prepare?.Invoke(site.Data);
        await site.StartAsync();
        return site;
    }

    /// <summary>As <see cref="StartNewAsync(Action{string})"/>, with more arguments.</summary>
    public static async Task<SiteProcess> StartWithAsync(params string[] arguments)
    {
        var site = new SiteProcess(Clone.Web, null, arguments);
        await site.StartAsync();
        return site;
    }

    /// <summary>Starts a published site as a container does: without arguments, with these variables and few others.</summary>
    /// <param name="program">The web program.</param>
    /// <param name="image">The image's variables. The data folder and the port are this site's. Null: the clone's site, with arguments.</param>
    public static async Task<SiteProcess> StartNewAsync(string program, IReadOnlyDictionary<string, string>? image)
    {
        var site = new SiteProcess(program, image);
        await site.StartAsync();
        return site;
    }

    /// <summary>Starts the program (again): the same port, the same data.</summary>
    public async Task StartAsync()
    {
        process = image is null ? Launch(["--port", Port.ToString(CultureInfo.InvariantCulture), "--data", Data, .. arguments], []) : LaunchImage();
        var address = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) =>
        {
            Note(line.Data);
            if (line.Data is { } text && Address().Match(text) is { Success: true } match)
                address.TrySetResult(int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture));
        };
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var ended = process.WaitForExitAsync();
        if (await Task.WhenAny(address.Task, ended, Task.Delay(Patience)) != address.Task)
            throw new InvalidOperationException($"The site did not come up:{Environment.NewLine}{Output}");
        Port = await address.Task;
        using var client = new HttpClient { BaseAddress = new Uri(Url) };
        await Poll.UntilAsync("the site is ready", Patience, async () =>
        {
            try
            {
                return (await client.GetAsync(new Uri("health/ready", UriKind.Relative))).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    /// <summary>SIGKILL to the web process alone: a crash.</summary>
    public async Task KillAsync()
    {
        Processes.Signal(ProcessId, Processes.Kill);
        await process!.WaitForExitAsync();
    }

    /// <summary>Ctrl+C: SIGINT to the whole process group. Gives the exit code.</summary>
    public async Task<int> InterruptAsync()
    {
        Processes.Signal(-ProcessId, Processes.Interrupt);
        try
        {
            await process!.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"The site did not end within {Patience.TotalSeconds} s of Ctrl+C:{Environment.NewLine}{Output}", error);
        }
        return process.ExitCode;
    }

    /// <summary>SIGTERM to the web process alone, as "docker stop" sends it. Gives the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        Processes.Signal(ProcessId, Processes.Terminate);
        await process!.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
    }

    /// <summary>Ids of the worker's processes of this data folder.</summary>
    /// <param name="verb">"serve" or "run".</param>
    public int[] Workers(string verb) => Processes.Find("SaeDashboard.Worker", $" {verb} ", Data);

    /// <summary>Runs the program to its end and gives what it said: for starts that must be refused.</summary>
    public static async Task<(int ExitCode, string Error)> RunAsync(string[] arguments, params string[] wrapper)
    {
        using var refused = Launch(arguments, wrapper);
        var said = refused.StandardError.ReadToEndAsync();
        _ = refused.StandardOutput.ReadToEndAsync();
        try
        {
            await refused.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (TimeoutException)
        {
            Processes.Signal(-refused.Id, Processes.Kill);
            throw new TimeoutException("The program started, though it should have refused to.");
        }
        return (refused.ExitCode, await said);
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            Processes.Signal(-ProcessId, Processes.Interrupt);
            try
            {
                await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(15));
            }
            catch (TimeoutException)
            {
                Processes.Signal(-ProcessId, Processes.Kill);
            }
        }
        process?.Dispose();
        foreach (var id in Processes.Find("SaeDashboard.Worker", Data)) Processes.Signal(id, Processes.Kill);
        try
        {
            Directory.Delete(Data, recursive: true);
        }
        catch (IOException)
        {
            // a worker that was just killed still held a file: the system clears its temporary folder
        }
    }

    /// <summary>
    /// Starts the program in a session and process group of its own: "setsid" replaces itself by it, so the id is the program's. "env" gives
    /// Ctrl+C its meaning back, which a shell takes from all that it starts in the background.
    /// </summary>
    private static Process Launch(string[] arguments, string[] wrapper)
    {
        var start = new ProcessStartInfo("setsid") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        foreach (var word in (string[])["env", "--default-signal=INT", .. wrapper, Clone.Web, .. arguments]) start.ArgumentList.Add(word);
        // A job leaves the other core to the browser.
        start.Environment["Compute__JobThreads"] = "1";
        // A language model that nothing answers for: pages show what it would cost.
        foreach (var (name, value) in new[] { ("Provider", "openAi"), ("Model", "gpt-audio"), ("Endpoint", "http://127.0.0.1:9/v1"), ("KeyVariable", "E2E_LABELLING_KEY"), ("InputPrice", "2.5"), ("AudioPrice", "40"), ("OutputPrice", "10"), ("Retries", "0") })
            start.Environment[$"Labelling__{name}"] = value;
        start.Environment["E2E_LABELLING_KEY"] = "sk-never-sent-0123456789";
        return Process.Start(start)!;
    }

    private Process LaunchImage()
    {
        var start = new ProcessStartInfo("setsid") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Data };
        foreach (var name in start.Environment.Keys.Where(name => name is not ("PATH" or "DOTNET_ROOT")).ToArray()) start.Environment.Remove(name);
        foreach (var (name, value) in image!) start.Environment[name] = value;
        start.Environment["Storage__Root"] = Data;
        start.Environment["Web__Port"] = Port.ToString(CultureInfo.InvariantCulture);
        start.ArgumentList.Add(program);
        return Process.Start(start)!;
    }

    private void Note(string? line)
    {
        lock (output) output.AppendLine(line);
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:(?<port>\d+)")]
    private static partial Regex Address();
}

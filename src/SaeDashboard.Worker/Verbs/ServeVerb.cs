using System.CommandLine;
using SaeDashboard.Core;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Serving;

namespace SaeDashboard.Worker.Verbs;

/// <summary><c>serve</c>: stays, holds models and SAEs, and makes takes and decodes codes when it is asked over its socket.</summary>
internal sealed class ServeVerb : Verb
{
    private const string UnixPrefix = "unix:";

    // What sockaddr_un has room for.
    private const int LongestSocket = 107;

    private readonly Option<string> dataOption = new("--data") { Description = "Data folder: takes are written below it", Required = true, HelpName = "dir" };
    private readonly Option<string?> modelOption = new("--model") { Description = "Model to load at the start", HelpName = "dir" };
    private readonly Option<string[]> saeOption = new("--sae") { Description = "SAE to load at the start; may be repeated", HelpName = "dir" };
    private readonly Option<string[]> rootOption = new("--root") { Description = "Another folder whose models and SAEs may be used; may be repeated", HelpName = "dir" };
    private readonly Option<string> listenOption = new("--listen") { Description = "unix:PATH of the socket", Required = true, HelpName = "unix:path" };
    private readonly ComputeOptions compute;

    public ServeVerb() : base("serve", "Stays and answers the site: makes takes, decodes codes, names the features of a sound.",
        "serve --data data --model demo/model --listen unix:data/serve.sock")
    {
        Option[] all = [dataOption, modelOption, saeOption, rootOption, listenOption];
        foreach (var option in all) Options.Add(option);
        compute = new ComputeOptions(this);
        listenOption.Validators.Add(result =>
        {
            var value = result.GetValueOrDefault<string>() ?? "";
            if (!value.StartsWith(UnixPrefix, StringComparison.Ordinal) || value.Length == UnixPrefix.Length) result.AddError($"--listen {value}: write unix:PATH; other places are not served yet.");
            else if (System.Text.Encoding.UTF8.GetByteCount(Path.GetFullPath(value[UnixPrefix.Length..])) > LongestSocket) result.AddError($"--listen {value}: a socket's path has at most {LongestSocket} bytes.");
        });
    }

    public override VerbResult Run(VerbContext context)
    {
        var data = Path.GetFullPath(context.Get(dataOption));
        if (!Directory.Exists(data)) throw new UserException($"{data} does not exist: give the data folder.");
        var model = context.Find(modelOption) is { } path ? Path.GetFullPath(path) : null;
        string[] saes = [.. (context.Find(saeOption) ?? []).Select(Path.GetFullPath)];
        string[] roots = [data, .. (context.Find(rootOption) ?? []).Select(Path.GetFullPath), .. saes, .. model is null ? Array.Empty<string>() : [model]];
        var socket = Path.GetFullPath(context.Get(listenOption)[UnixPrefix.Length..]);
        ServeHost.Run(new ServeOptions(data, roots, socket, model, saes, compute.Read(context)), Log, context.Cancellation).GetAwaiter().GetResult();
        return new VerbResult(new { socket }, "");
    }

    private static void Log(string line) => Console.Error.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd HH:mm:ss}Z {line}");
}

using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Hosting;

/// <summary>The verbs <c>export</c> and <c>import</c> of the site's program: what the Data page does, without a site (scripts/data.sh).</summary>
internal static class DataCommand
{
    private const string Export = "export", Import = "import";

    private const string Usage = """
        export [--out FILE] [--data DIR]   everything people wrote (labels, comments, annotations, presets …) as JSON Lines, to FILE or standard output
        import FILE [--data DIR]           takes such a file in; the same file again changes nothing
        """;

    public static bool IsAsked(string[] args) => args is [Export or Import, ..];

    /// <summary>Runs the verb.</summary>
    /// <returns>0, or 2 for wrong arguments.</returns>
    /// <exception cref="UserException">It failed; nothing was changed.</exception>
    public static int Run(string[] args)
    {
        var options = new Dictionary<string, string>();
        var names = new List<string>();
        for (var at = 1; at < args.Length; at++)
        {
            if (!args[at].StartsWith("--", StringComparison.Ordinal)) names.Add(args[at]);
            else if (args[at] is "--data" or "--out" && at + 1 < args.Length) options[args[at]] = args[++at];
            else return Wrong($"Unknown option {args[at]}, or its value is missing.");
        }
        var isExport = args[0] == Export;
        if (names.Count != (isExport ? 0 : 1)) return Wrong(isExport ? $"export takes no file argument: use --out {names[0]}." : "import takes one file.");
        if (!isExport && options.ContainsKey("--out")) return Wrong("import has no --out.");
        var folder = Folder(options.GetValueOrDefault("--data"));
        if (isExport)
        {
            Write(DataExport.OfFolder(folder, Console.Error.WriteLine), options.GetValueOrDefault("--out"));
            return 0;
        }
        using var database = Database.Open(folder);
        foreach (var notice in database.Notices) Console.Error.WriteLine(notice);
        Read(database, names[0]);
        return 0;
    }

    private static string Folder(string? data)
    {
        var settings = new ConfigurationBuilder().SetBasePath(AppContext.BaseDirectory).AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables().Build();
        var folder = Path.GetFullPath(data ?? Site.DataFolder(settings));
        if (!Directory.Exists(folder)) throw new UserException($"The data folder {folder} does not exist. Name the site's with --data.");
        return folder;
    }

    private static void Write(DataExport export, string? path)
    {
        var now = DateTimeOffset.UtcNow;
        if (path is not null)
        {
            AtomicFile.Write(path, stream => export.Write(stream, now));
            return;
        }
        using var output = new BufferedStream(Console.OpenStandardOutput());
        export.Write(output, now);
    }

    private static void Read(Database database, string path)
    {
        var result = new DataImport(database).Read(WholeFile.Read(path, DataImport.MaxBytes), path, new UserRepository(database).Local());
        Console.WriteLine(ExchangeEndpoints.Message(result));
    }

    private static int Wrong(string why)
    {
        Console.Error.WriteLine(why);
        Console.Error.WriteLine(Usage);
        return 2;
    }
}

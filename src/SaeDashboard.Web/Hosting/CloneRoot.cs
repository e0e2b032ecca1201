using SaeDashboard.Core;

namespace SaeDashboard.Web.Hosting;

/// <summary>Finds the folder that holds <c>wwwroot/</c> and <c>demo/</c>: a clone's root, or a published app's own folder.</summary>
internal static class CloneRoot
{
    // Written by a build and left out by a publish: it says where in the clone and in the packages each static file is.
    private const string BuildManifest = "SaeDashboard.Web.staticwebassets.runtime.json";

    /// <summary>The folder of this program.</summary>
    /// <exception cref="UserException">There is no <c>wwwroot</c>.</exception>
    public static string Find() => Find(AppContext.BaseDirectory);

    /// <summary>
    /// Without its files the site would answer every style and script with 200 and an empty body, so it does not start. A published program uses
    /// its own <c>wwwroot</c> only: one in a folder above it may be another version's.
    /// </summary>
    /// <param name="program">The folder of the program, absolute.</param>
    /// <exception cref="UserException">There is no <c>wwwroot</c>.</exception>
    internal static string Find(string program)
    {
        program = Path.TrimEndingDirectorySeparator(program);
        if (HasFiles(program)) return program;
        if (!File.Exists(Path.Combine(program, BuildManifest)))
            throw new UserException($"{Path.Combine(program, "wwwroot")} is missing or incomplete: publish the site again with scripts/publish.sh and copy the whole folder.");
        for (var folder = Path.GetDirectoryName(program); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (HasFiles(folder)) return folder;
        }
        throw new UserException($"wwwroot is missing above {program}: start the site with scripts/run.sh from a clone.");
    }

    private static bool HasFiles(string folder) => File.Exists(Path.Combine(folder, "wwwroot", "css", "tokens.css"));
}

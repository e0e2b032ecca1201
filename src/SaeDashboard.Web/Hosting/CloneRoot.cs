using SaeDashboard.Core;

namespace SaeDashboard.Web.Hosting;

/// <summary>Finds the folder that holds <c>wwwroot/</c> and <c>demo/</c>: a clone's root, or a published app's.</summary>
internal static class CloneRoot
{
    public static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "wwwroot", "css", "tokens.css"))) return folder.FullName;
        }
        throw new UserException($"wwwroot is missing above {AppContext.BaseDirectory}: start the site with scripts/run.sh from a clone.");
    }
}

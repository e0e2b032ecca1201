using System.Globalization;
using System.Reflection;

namespace SaeDashboard.Storage;

/// <summary>One numbered step of the schema: an embedded file <c>Migrations/0001_start.sql</c>.</summary>
/// <param name="Version">The schema's version after it: the number in the file's name.</param>
/// <param name="Name">The file's name.</param>
/// <param name="Sql">What it runs, in one transaction.</param>
internal sealed record Migration(int Version, string Name, string Sql)
{
    /// <summary>Every step of this program, in order: 1, 2, 3, …</summary>
    public static IReadOnlyList<Migration> All { get; } = Load();

    private static Migration[] Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        const string prefix = "SaeDashboard.Storage.Migrations.";
        var all = assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(resource =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
                var name = resource[prefix.Length..];
                return new Migration(int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), name, reader.ReadToEnd());
            }).ToArray();
        for (var i = 0; i < all.Length; i++)
        {
            if (all[i].Version != i + 1) throw new InvalidOperationException($"Migrations are numbered 1, 2, 3, …, but {all[i].Name} is number {i + 1}.");
        }
        return all;
    }
}

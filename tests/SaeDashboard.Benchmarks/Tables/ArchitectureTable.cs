using System.Text;

namespace SaeDashboard.Benchmarks.Tables;

/// <summary>
/// The tables of docs/architectures.md, written between its two markers from what scripts/checks/table.sh left in a folder. What people wrote
/// around the markers stays.
/// </summary>
internal static class ArchitectureTable
{
    /// <summary>What the command line calls it: <c>architecture-table FOLDER DOCUMENT</c>.</summary>
    public const string Command = "architecture-table";

    private const string Begin = "<!-- tables: scripts/check.sh table -->", End = "<!-- end of tables -->";
    private const string Feature = "feature";
    private static readonly string[] Levels = ["clips", "seconds", "frames"];

    /// <summary>Writes the tables and prints, for the script's checks, each SAE's counts by clips.</summary>
    public static int Write(string folder, string document)
    {
        // order.txt: the names as the table has them; an SAE on re-drawn weights is called so.
        TableRow[] rows = [.. File.ReadAllLines(Path.Combine(folder, "order.txt")).Select(name => TableRow.Read(folder, name))];
        var page = File.ReadAllText(document);
        var (from, to) = (page.IndexOf(Begin, StringComparison.Ordinal), page.IndexOf(End, StringComparison.Ordinal));
        if (from < 0 || to < from)
        {
            Console.Error.WriteLine($"{document} has no place for the tables: it needs a line '{Begin}' and after it a line '{End}'.");
            return 1;
        }
        File.WriteAllText(document, page[..(from + Begin.Length)] + "\n\n" + Tables(rows) + "\n" + page[to..]);
        foreach (var row in rows)
        {
            if (row.Summary(Feature, Levels[0], false) is { } found)
                Console.WriteLine($"concepts {row.Name} {found["atLeast95"]} {found["atLeast90"]} {found["atLeast80"]}");
        }
        return 0;
    }

    private static string Tables(TableRow[] rows)
    {
        var text = new StringBuilder();
        text.Append("### Reconstruction of `test`\n\n");
        Line("SAE", "F", "L0", "explained variance", "against column means", "dead", "kept by the filter", "cosine", "shrinkage", "relative bias",
            "CE recovered of zero", "of mean", "KL of mean", "captioned: CE of zero", "of mean", "KL of mean", "columns/s");
        Rule(17);
        foreach (var row in rows) Line([.. row.Reconstruction()]);

        text.Append("\n### Concepts with an AUROC of 0.95 / 0.9 / 0.8 or more, and the median\n\nThe single feature chosen on `select`, scored on `test`.\n\n");
        Line("SAE", "by clips", "by 1-s means", "by frames", "5-sparse probe, by clips", "key, mode and tempo, by clips");
        Rule(6);
        foreach (var row in rows)
            Line([row.Name, .. Levels.Select(level => row.Concepts(Feature, level, false)), row.Concepts("5-sparse probe", Levels[0], false), row.Concepts(Feature, Levels[0], true)]);

        text.Append("\n### The same of the residual stream itself\n\n");
        Line("direction", "by clips", "by 1-s means", "by frames", "key, mode and tempo, by clips");
        Rule(5);
        foreach (var set in rows[0].Sets().Where(set => set != Feature && !set.EndsWith("-sparse probe", StringComparison.Ordinal)))
            Line([set, .. Levels.Select(level => rows[0].Concepts(set, level, false)), rows[0].Concepts(set, Levels[0], true)]);
        return text.ToString();

        void Line(params string[] cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
        void Rule(int columns) => text.Append('|').Insert(text.Length, "---|", columns).Append('\n');
    }
}

using SaeDashboard.Core;
using SaeDashboard.Storage;

namespace SaeDashboard.StorageChecks;

/// <summary>
/// Writes until the disk, or a limit on the size of files, stops it; says "full" and waits for a line on standard input, by which time there is
/// room again.
/// </summary>
internal static class FullDisk
{
    public static int Run(string folder)
    {
        var ada = new Actor("ada", "Ada");
        var refused = 0;
        using (var database = Database.Open(folder))
        {
            var labels = new LabelRepository(database);
            var count = 0;
            string message = "";
            for (; refused < 20; count++)
            {
                try
                {
                    labels.Add(new FeatureKey(Writers.Sae, count), $"label {count}", new string('n', 500), ada);
                }
                catch (UserException error)
                {
                    message = error.Message;
                    refused++;
                    if (labels.Current(Writers.Sae).ContainsKey(count)) return Fail("a refused label is shown");
                }
            }
            Console.WriteLine($"full after {count - refused} labels: {message}");
            if (!message.Contains("nothing of this change was kept", StringComparison.Ordinal)) return Fail("no clear message");
            if (Inspection.InMemory(database) != Inspection.InJournal(folder)) return Fail("memory and journal differ");
            Console.WriteLine("full");
            Console.ReadLine();
            labels.Add(new FeatureKey(Writers.Sae, 1_000_000), "room again", null, ada);
            foreach (var notice in database.Notices) Console.WriteLine($"notice: {notice}");
            if (Inspection.InMemory(database) != Inspection.InJournal(folder)) return Fail("memory and journal differ after there was room");
        }
        using var again = Database.Open(folder);
        foreach (var notice in again.Notices) Console.WriteLine($"notice at the next start: {notice}");
        if (Inspection.InMemory(again) != Inspection.InJournal(folder)) return Fail("memory and journal differ after a restart");
        var shown = new LabelRepository(again).Current(Writers.Sae);
        if (!shown.ContainsKey(1_000_000)) return Fail("the label written when there was room is gone");
        Console.WriteLine($"{refused} writes refused, {shown.Count} labels there after the restart");
        return 0;
    }

    private static int Fail(string why)
    {
        Console.WriteLine($"WRONG: {why}");
        return 1;
    }
}

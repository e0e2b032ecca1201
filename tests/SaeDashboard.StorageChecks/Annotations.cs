using System.Diagnostics;
using System.Globalization;
using System.Text;
using SaeDashboard.Storage;

namespace SaeDashboard.StorageChecks;

/// <summary>
/// A queue of 32,768 features that two people have half done: the next item, sending one, progress and agreement, with a write before each so that nothing is
/// a cached answer; and what a start and an export of it take.
/// </summary>
internal static class Annotations
{
    private const int Features = 32_768, Done = Features / 2, Clips = 13, Rounds = 200;

    private const double MostMs = 20;

    public static int Run()
    {
        using var scratch = new Scratch();
        var (ada, slow) = (new Actor("ada", "Ada"), 0);
        const string queue = "queue-20261130-101502-abcd";
        using (var database = Database.Open(scratch.Path))
        {
            var begun = Stopwatch.GetTimestamp();
            new DataImport(database).Read(File(queue), "annotations", ada);
            Console.WriteLine($"{2 * Done} annotations with {Clips} votes each imported in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s");
            var annotations = new AnnotationRepository(database);
            List<double> next = [], put = [], progress = [], agreement = [];
            for (var round = 0; round < Rounds; round++)
            {
                var feature = 0;
                next.Add(Ms(() => feature = annotations.Next(queue, ada, new Dictionary<int, int>(), [], 3).Features[0]));
                put.Add(Ms(() => annotations.Put(Guid.NewGuid().ToString(), new AnnotationContent(queue, feature, AnnotationKind.Annotation, AnnotationVerdict.Reject, [], null, null, [], null, 0, 17), ada)));
                progress.Add(Ms(() => annotations.Progress(queue)));
                if (round % 10 == 0) agreement.Add(Ms(() => annotations.Agreement(queue)));
            }
            Say("the next three items", next);
            Say("an annotation that is kept, with the disk", put);
            Say("progress", progress);
            Say("agreement, computed again", agreement, double.MaxValue);
        }
        var opening = Ms(() => Database.Open(scratch.Path).Dispose());
        Console.WriteLine($"opening it: {opening / 1000:0.0} s");
        return slow == 0 ? 0 : 1;

        void Say(string what, List<double> times, double most = MostMs)
        {
            double[] sorted = [.. times.Order()];
            var p95 = sorted[(int)(sorted.Length * 0.95)];
            if (p95 > most) slow++;
            Console.WriteLine($"{what}: median {sorted[sorted.Length / 2]:0.0} ms, p95 {p95:0.0} ms");
        }
    }

    private static double Ms(Action work)
    {
        var begun = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }

    private static byte[] File(string queue)
    {
        var random = new Random(1);
        string[] verdicts = ["reject", "split", "uninterpretable", "unsure"], votes = ["fits", "doesNotFit", "unsure"];
        var file = new StringBuilder("""{"export":3,"site":"00000000","at":"2026-11-30T10:15:02.123Z"}""").Append('\n');
        file.Append(CultureInfo.InvariantCulture, $$$"""
            {"kind":"queue","id":"{{{queue}}}","name":"Large","sae":"{{{Writers.Sae}}}","dataset":"{{{Writers.Sae}}}","features":[{{{string.Join(',', Enumerable.Range(0, Features))}}}],"mode":"blindFirst","overlap":2,"by":{"id":"ada","name":"Ada"},"at":"2026-11-30T10:15:02.123Z","changed":"2026-11-30T10:15:02.123Z","version":1}

            """);
        for (var each = 0; each < 2 * Done; each++)
        {
            var clips = string.Join(',', Enumerable.Range(0, Clips).Select(row => $$"""{"row":{{row}},"vote":"{{votes[random.Next(votes.Length)]}}"}"""));
            file.Append(CultureInfo.InvariantCulture, $$$"""
                {"kind":"annotation","id":"00000000-0000-4000-8000-{{{each:d12}}}","queue":"{{{queue}}}","feature":{{{each / 2}}},"role":"annotation","verdict":"{{{verdicts[random.Next(verdicts.Length)]}}}","by":{"id":"{{{(each % 2 == 0 ? "bob" : "cleo")}}}","name":"B"},"at":"2026-11-30T10:15:02.123Z","seconds":17,"clips":[{{{clips}}}]}

                """);
        }
        return Encoding.UTF8.GetBytes(file.ToString());
    }
}

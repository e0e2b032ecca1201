using System.Text.Json;
using SaeDashboard.Fuzz.Cases;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Fuzz;

/// <summary>Runs cases one after another and says on standard output when each begins and how it ended: the parent outlives a crash.</summary>
internal static class ChildLoop
{
    public static int Run(int seed, int from, int to)
    {
        TorchRuntime.Initialize(1);
        var root = Directory.CreateTempSubdirectory("sae-fuzz-").FullName;
        var good = true;
        try
        {
            for (var number = from; number < to; number++)
            {
                Console.WriteLine($"begin {number}");
                var folder = Path.Combine(root, $"case-{number}");
                var result = CaseResult.Run(new FuzzCase(seed, number), GoldenRoot(), folder);
                good &= result.IsGood;
                Console.WriteLine(JsonSerializer.Serialize(result));
                Directory.Delete(folder, true);
            }
        }
        finally
        {
            Directory.Delete(root, true);
        }
        return good ? 0 : 1;
    }

    private static string GoldenRoot() => Repository.At("tests", "SaeDashboard.MusicGen.Tests", "Golden");
}

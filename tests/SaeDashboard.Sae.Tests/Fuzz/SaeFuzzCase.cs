using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Sae.Tests.Formats;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Fuzz;

/// <summary>One altered SAE folder, the same for the same seed and number.</summary>
internal sealed record SaeFuzzCase(int Seed, int Number)
{
    /// <summary>What reading and converting a golden folder takes, with room; and so much more for each byte of the altered file.</summary>
    private const long AllocatedAtMost = 48 << 20, AllocatedAByte = 256;

    public string Origin => GoldenFolders.All[Number % GoldenFolders.All.Count].Name;

    /// <summary>The file that is altered: by turns the configuration and the weights.</summary>
    public string File
    {
        get
        {
            var format = GoldenFolders.FormatOf(Origin);
            return Number / GoldenFolders.All.Count % (format == SaeFormat.DictionaryLearning ? 4 : 2) == 0 ? format.ConfigFile() : format.WeightsFile();
        }
    }

    /// <summary>Alters the folder and does with it what the worker and the site do: it works, or is refused in a message that names it.</summary>
    /// <returns>"loaded", "refused", or what went wrong.</returns>
    public (string Outcome, string Message) Run(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var path in Directory.GetFiles(TestFolders.Golden(Origin)))
            System.IO.File.Copy(path, Path.Combine(folder, Path.GetFileName(path)));
        var altered = Alter(System.IO.File.ReadAllBytes(Path.Combine(folder, File)));
        System.IO.File.WriteAllBytes(Path.Combine(folder, File), altered);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var (outcome, message) = Judge(folder);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        return allocated > AllocatedAtMost + AllocatedAByte * altered.Length ? ("too much memory", $"{allocated >> 20} MiB for {altered.Length} bytes ({outcome})") : (outcome, message);
    }

    public override string ToString() => $"case {Number} of seed {Seed}: {Origin}/{File}";

    private byte[] Alter(byte[] original)
    {
        var random = new Random(unchecked(Seed * 1_000_003 + Number));
        if (File.EndsWith(".json", StringComparison.Ordinal))
            return random.Next(5) == 0 ? ByteMutator.Mutate(random, original, original.Length) : Encoding.UTF8.GetBytes(SaeFileMutator.Json(random, Encoding.UTF8.GetString(original)));
        if (File.EndsWith(".pt", StringComparison.Ordinal))
            return random.Next(5) == 0 ? ByteMutator.Mutate(random, original, original.Length) : SaeFileMutator.Archive(random, original);
        return SaeFileMutator.Header(random, original);
    }

    private static (string Outcome, string Message) Judge(string folder)
    {
        try
        {
            Use(folder);
            return ("loaded", "");
        }
        catch (UserException refusal)
        {
            return refusal.Message.Contains(folder, StringComparison.Ordinal) ? ("refused", "") : ("refused without the folder's name", refusal.Message);
        }
        catch (Exception error)
        {
            return (error.GetType().Name, error.ToString());
        }
    }

    private static void Use(string folder)
    {
        using var scope = NewDisposeScope();
        var description = SaeFolders.Inspect(folder);
        var contents = SaeFolders.Read(folder);
        using var sae = SaeFolder.Load(folder);
        if (SaeFolders.WeightsHash(folder) != sae.WeightsHash || description.Config.DIn != sae.Config.DIn)
            throw new InvalidOperationException("Two readers read two SAEs.");
        sae.Forward(ones([3, sae.Config.DIn]));
        foreach (var format in SaeFormats.All)
        {
            SaeContents prepared;
            try
            {
                prepared = SaeConversion.Prepare(contents, format).Sae;
            }
            catch (UserException)
            {
                // The format has no such SAE: the message names the format, not the folder.
                continue;
            }
            var to = Path.Combine(folder, $"as-{format}");
            SaeFolders.Write(to, prepared, format);
            if (SaeFolders.WeightsHash(to) != prepared.WeightsHash())
                throw new InvalidOperationException($"Written as {format} it is another SAE.");
        }
    }
}

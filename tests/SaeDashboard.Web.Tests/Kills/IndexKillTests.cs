using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using SaeDashboard.Core.Features;
using SaeDashboard.Storage;
using SaeDashboard.Web.Atlas;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Tests.Data;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Kills;

/// <summary>
/// A process that writes indexes and voices is killed at random moments: the folder holds the last whole index or a new one, and the site lists that. The
/// process is this test program, started with a variable set. INDEX_KILLS is the number of kills of the long test.
/// </summary>
public sealed class IndexKillTests : IDisposable
{
    private const string Variable = "SAE_TEST_INDEX_WRITER";
    // From its first index on, and from its start on: it takes long to write the first.
    private const int MostMs = 80, MostMsFromStart = 600, SoundBytes = 400_000;

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable("INDEX_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 200;

    public void Dispose() => folder.Dispose();

    [Fact]
    public Task A_killed_writer_leaves_the_last_index_or_a_new_one() => KillAsync(8);

    [Fact]
    [Trait("Length", "Long")]
    public Task A_writer_killed_very_often_leaves_the_last_index_or_a_new_one() => KillAsync(Kills);

    [Fact]
    public async Task An_index_that_is_replaced_while_it_is_opened_is_opened_whole()
    {
        var index = folder["index"];
        MarkedIndex.Write(index, "hash", 1);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var writing = Task.Run(() =>
        {
            for (var mark = 2; !over.IsCancellationRequested; mark++) MarkedIndex.Write(index, "hash", mark);
        }, Ct);
        try
        {
            for (var round = 0; round < 150; round++)
            {
                using var opened = FeatureIndex.Open(index);
                var mark = opened.Info.ClipsMeasured;
                Assert.Equal((mark, mark, mark, mark), ((int)opened.P99[0], opened.Measures!.Info.Clips, (int)opened.Measures.Stability[0], opened.Examples(0, 0)[0].Row));
            }
        }
        finally
        {
            await over.CancelAsync();
            await writing;
        }
    }

    private async Task KillAsync(int kills)
    {
        using var site = new CatalogFixture(folder["data"], demo: folder["none"]);
        var sae = Path.Combine(site.Root.Saes, "mine");
        var index = Path.Combine(sae, "index");
        var hash = MarkedIndex.WriteSae(sae);
        var random = new Random(5);
        var (last, kept, renewed, absent) = (0, 0, 0, 0);
        for (var round = 0; round < kills; round++)
        {
            // The first index of an SAE too.
            var first = round % 4 == 0;
            if (first && Directory.Exists(index)) Directory.Delete(index, recursive: true);
            var before = Directory.Exists(index) ? last : 0;
            var written = WriteAndKill(index, hash, last + 1, first, random.Next(first ? MostMsFromStart : MostMs));
            await site.Catalog.RescanAsync(Ct);
            var listed = Assert.Single(site.Catalog.Saes);
            if (!Directory.Exists(index))
            {
                Assert.Equal((0, 0, false), (before, written, listed.HasIndex));
                Assert.Contains("no feature index yet", listed.IndexProblem, StringComparison.Ordinal);
                absent++;
                continue;
            }
            var mark = Assert.Single(MarkedIndex.Marks(index));
            // What was said to be written is there; the one that was being written is there whole or not at all.
            Assert.True(mark == Math.Max(before, written) || mark == (written == 0 ? last : written) + 1, $"round {round}: mark {mark}; before {before}, written {written}, last {last}");
            if (mark == Math.Max(before, written)) kept++;
            else renewed++;
            last = mark;
            Assert.True(listed is { HasIndex: true, IndexProblem: null }, listed.IndexProblem);
            var set = Features(site).Open(listed.Id)!;
            Assert.Equal((mark, mark), (set.Index.Info.ClipsMeasured, new OpenedAtlas(set).Atlas?.Info.Seed ?? -1));
        }
        // The next index and the next voice clear away what was left.
        MarkedIndex.Write(index, hash, last + 1);
        Assert.Equal(last + 1, Assert.Single(MarkedIndex.Marks(index)));
        Assert.Equal(["cfg.json", "index", "sae_weights.safetensors"], Directory.EnumerateFileSystemEntries(sae).Select(Path.GetFileName).Order());
        Directory.CreateDirectory(Voices(index));
        var voices = Directory.GetFiles(Voices(index), "*.wav");
        Assert.All(voices, voice => Assert.Equal(SoundBytes, new FileInfo(voice).Length));
        using (await Cache(index).OpenAsync("one-more", _ => Task.FromResult(new byte[SoundBytes]), Ct)) Assert.Equal(voices.Length + 1, Directory.EnumerateFileSystemEntries(Voices(index)).Count());
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kills} kills: {kept} times the last index that it had written, {renewed} times the one it was writing, {absent} times none yet; {voices.Length} voices, all whole"));
    }

    private FeatureCatalog Features(CatalogFixture site) => new(site.Catalog, new ClipLibrary(site.Catalog, new FakeDecoder(folder.Path), new WavCache(folder["clips"], 1 << 20)),
        new FeatureLabels(new LabelRepository(site.Database), new RatingRepository(site.Database), new CountingStore()));

    /// <summary>Starts a writer and kills it this long after it began, or after it wrote its first index; gives the last mark it said was written, 0: none.</summary>
    private static int WriteAndKill(string index, string hash, int first, bool fromStart, int milliseconds)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        start.Environment[Variable] = string.Create(CultureInfo.InvariantCulture, $"{index}\n{hash}\n{first}");
        using var child = Process.Start(start)!;
        var written = 0;
        Assert.Equal("begins", child.StandardOutput.ReadLine());
        using var timer = new Timer(_ => child.Kill(), null, fromStart ? milliseconds : Timeout.Infinite, Timeout.Infinite);
        while (child.StandardOutput.ReadLine() is { } line)
        {
            if (written == 0 && !fromStart) timer.Change(milliseconds, Timeout.Infinite);
            if (line.StartsWith("wrote ", StringComparison.Ordinal) && line.EndsWith('.')) written = int.Parse(line.AsSpan(6).TrimEnd('.'), CultureInfo.InvariantCulture);
        }
        child.WaitForExit();
        return written;
    }

#pragma warning disable CA2255 // A test project is a program: nothing else can run before xUnit looks for its tests.
    [ModuleInitializer]
    internal static void BeWriter()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split('\n') is not [var index, var hash, var first]) return;
        Console.WriteLine("begins");
        for (var mark = int.Parse(first, CultureInfo.InvariantCulture); ; mark++)
        {
            MarkedIndex.Write(index, hash, mark);
            Console.WriteLine($"wrote {mark}.");
            Cache(index).OpenAsync($"{mark}-voice", _ => Task.FromResult(new byte[SoundBytes]), CancellationToken.None).GetAwaiter().GetResult().Dispose();
        }
    }
#pragma warning restore CA2255

    private static string Voices(string index) => Path.GetFullPath(Path.Combine(index, "..", "..", "..", "voices"));

    private static WavCache Cache(string index) => new(Voices(index), 1L << 30);
}

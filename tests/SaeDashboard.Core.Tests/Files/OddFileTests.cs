using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Takes;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Core.TorchFiles;

namespace SaeDashboard.Core.Tests.Files;

/// <summary>A folder, pipe, socket or broken link in place of a file: everything that opens files says what is wrong with it, and does not wait.</summary>
public sealed class OddFileTests : IDisposable
{
    private static readonly Dictionary<string, Action<string>> Readers = new()
    {
        ["a.json"] = path => JsonFile.Read<object>(path),
        ["a.jsonl"] = path => _ = JsonLines.Read<object>(path, tolerateTornEnd: true).ToList(),
        ["metrics.jsonl"] = path => RunMetrics.Read(path),
        ["whole"] = path => WholeFile.Read(path),
        ["hash"] = path => Hashing.Sha256File(path),
        ["a.wav"] = path => WavFile.Read(path),
        ["A.wav"] = path => GrowingWav.TryOpen(path)?.Dispose(),
        ["a.safetensors"] = path => SafetensorsFile.Open(path).Dispose(),
        ["ae.pt"] = path => TorchFile.Open(path).Dispose(),
        ["preset.json"] = path => PresetFile.Read(path),
        ["codes.json"] = path => CodeGrid.ReadJson(path),
        ["sae/cfg.json"] = path =>
        {
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(path)!, "sae_weights.safetensors"), "");
            SaeFolders.Inspect(Path.GetDirectoryName(path)!);
        },
        ["set/metadata.jsonl"] = path =>
        {
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(path)!, "codes.safetensors"), "");
            ClipDataset.Open(Path.GetDirectoryName(path)!).Dispose();
        },
        ["asked/lock"] = path => FileLock.IsHeld(path),
        ["taken/lock"] = path => FileLock.TryAcquire(path)?.Dispose(),
        ["run/status.json"] = path => RunFolder.ReadStatus(Path.GetDirectoryName(path)!),
        ["locked/lock"] = path => RunFolder.ReadStatus(Path.GetDirectoryName(path)!),
        ["opened/lock"] = path => RunFolder.Open(Path.GetDirectoryName(path)!).Dispose(),
        ["log/log.txt"] = path => Run(path, run => run.Log("a line")),
        ["line/metrics.jsonl"] = path => Run(path, run => run.Metric(new { step = 1 })),
        ["take-20260101-000000-abcd/take.json"] = path => TakeFolder.ReadManifest(Path.GetDirectoryName(path)!),
        ["growing.wav"] = path => GrowingWavWriter.Create(path, 16_000, 10).Dispose(),
    };

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var kind in OddThings.Kinds)
                foreach (var reader in Readers.Keys) cases.Add(kind, reader);
            return cases;
        }
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_is_not_a_regular_file_is_named_without_waiting(string kind, string reader)
    {
        var path = folder[reader];
        OddThings.Put(kind, path);
        var error = OddThings.Outcome(() => Readers[reader](path));
        Assert.True(error is UserException, $"{error?.GetType().Name ?? "nothing was thrown"}: {error?.Message}");
        Assert.Contains(Path.GetDirectoryName(path)!, error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lock_of_another_user_that_cannot_be_looked_at_says_so()
    {
        using (RunFolder.Open(folder["run"])) { }
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder["run/lock"], UnixFileMode.None);
        var error = Assert.Throws<UserException>(() => Unprivileged.Run(() => RunFolder.IsLocked(folder["run"])));
        Assert.Contains(folder["run/lock"], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_is_pinned_whatever_is_in_the_place_of_the_mark()
    {
        Directory.CreateDirectory(folder["run/checkpoints/10"]);
        File.WriteAllText(folder["run/checkpoints/10/state.safetensors"], "");
        OddThings.Put("pipe", folder["run/checkpoints/10/pinned"]);
        var error = OddThings.Outcome(() => RunCheckpoints.Pin(folder["run"], 10));
        Assert.Contains("pinned", Assert.IsType<UserException>(error).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_write_passes_by_odd_leftovers()
    {
        OddThings.Put("pipe", folder[$".status.json.{new string('a', 32)}.tmp"]);
        OddThings.Put("folder", folder[$".sae.work-{new string('b', 32)}.lock"]);
        OddThings.Put("pipe", folder[".sae.work-short"]);
        Assert.Null(OddThings.Outcome(() => AtomicFile.WriteAllText(folder["status.json"], "{}")));
        Assert.Null(OddThings.Outcome(() =>
        {
            using var made = AtomicFolder.Create(folder["sae"]);
            made.Commit();
        }));
    }

    private static void Run(string path, Action<RunFolder> use)
    {
        using var run = RunFolder.Open(Path.GetDirectoryName(path)!);
        use(run);
    }
}

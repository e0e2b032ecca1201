using System.Net;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Tests.Presets;

/// <summary>Presets, WAV files and links that were changed at random: a clear error or a valid thing, nothing outside the data folder, nothing lost.</summary>
public sealed class TamperedTests
{
    private static readonly string[] Kinds = ["preset files", "WAV files as presets", "WAV files for the Studio", "links"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public Task Two_hundred_tampered_files_and_links_do_no_harm() => TryAsync(200);

    [Fact]
    [Trait("Length", "Long")]
    public Task Two_thousand_tampered_files_and_links_do_no_harm() => TryAsync(2000);

    private static async Task TryAsync(int count)
    {
        await using var house = await PresetFixture.OpenAsync();
        var id = house.Add();
        var mine = await house.Http.GetByteArrayAsync($"{id}.json", Stop);
        var word = new PresetLinkRepository(house.Get<Database>()).Add(id, new Actor("local", "Ada"));
        var outside = Directory.GetParent(house.Root.Path)!.FullName;
        // As a browser has it: with the samples before its settings.
        var downloaded = await house.Http.GetByteArrayAsync($"{id}/steered.wav?download=true", Stop);
        var before = Files(outside, house.Root);
        var random = new Random(20261130);
        var (taken, preset, wav) = (new int[Kinds.Length], PresetFile.ToBytes(PresetFixture.Demo()), Wav());
        var given = PresetFile.ToBytes(PresetFixture.Demo() with
        {
            Continue = new TakeSound { Source = "clip-3@demo", Name = "Taiko", Seconds = 0.06, Codebooks = 4, Codes = new Core.Data.CodeGrid(4, 3).ToBase64() },
            Melody = new TakeSound { Source = "sound-x", Seconds = 2, Chroma = "AAEC" },
        });
        for (var i = 0; i < count; i++)
        {
            var what = i % Kinds.Length;
            using var body = new ByteArrayContent(Mutate(what == 0 ? i % 8 < 4 ? preset : given : i % 8 < 4 ? wav : downloaded, random));
            using var answer = what switch
            {
                0 => await house.Http.PostAsync("import?file=..%2F..%2Fa.json&again=true", body, Stop),
                1 => await house.Http.PostAsync("import?file=a.wav&again=true", body, Stop),
                2 => await house.Http.PostAsync("/api/v1/takes/settings?file=%2Fetc%2Fa.wav", body, Stop),
                _ => await house.Http.GetAsync("/api/v1/shared/" + Link(word, random), Stop),
            };
            var status = (int)answer.StatusCode;
            Assert.True(status is 200 or 201 or 400 or 404, $"{i}: {answer.StatusCode}");
            if (status < 300)
            {
                taken[what]++;
                continue;
            }
            var detail = (await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(Stop), default, Stop)).RootElement.GetProperty("detail").GetString()!;
            if (what != 3) Assert.StartsWith(what == 0 ? "a.json" : "a.wav", detail, StringComparison.Ordinal);
            // A message for a person: no type of the program, no trace, no bytes of the file.
            Assert.DoesNotContain("SaeDashboard.", detail, StringComparison.Ordinal);
            Assert.DoesNotContain("System.", detail, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", detail, StringComparison.Ordinal);
            Assert.InRange(detail.Length, 10, 1200);
        }
        Assert.True(taken.Sum() < count / 2, $"{taken.Sum()} of {count} were taken");
        var figure = $"Tampered at random: {string.Join("; ", Kinds.Select((kind, at) => $"{count / Kinds.Length} {kind}, {taken[at]} still valid"))}";
        TestContext.Current.SendDiagnosticMessage("{0}", figure);
        if (Environment.GetEnvironmentVariable("SAE_FIGURES") is { Length: > 0 } file) await File.AppendAllTextAsync(file, figure + Environment.NewLine, Stop);
        Assert.Equal(before, Files(outside, house.Root));
        // What was there is there, unchanged; what was taken in can be read.
        Assert.Equal(mine, await house.Http.GetByteArrayAsync($"{id}.json", Stop));
        Assert.Equal(HttpStatusCode.OK, (await house.Http.GetAsync($"/api/v1/shared/{word}", Stop)).StatusCode);
        foreach (var row in house.Presets.List()) PresetFile.Check(house.Presets.Find(row.Id)!.Preset);
    }

    /// <summary>Every file that is not the database's own.</summary>
    private static string[] Files(string folder, DataRoot root) => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(file => Path.GetDirectoryName(file) != root.Path && !file.StartsWith(Path.Combine(root.Path, "journal"), StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static byte[] Wav()
    {
        var preset = PresetFixture.Demo();
        var sheet = TakeSheetFile.ToBytes(new TakeSheet
        {
            Name = "Take 1",
            Arm = "C",
            Take = new TakeManifest
            {
                Id = "take-20261130-101502-x7k2", State = TakeState.Done, CreatedUtc = DateTimeOffset.UnixEpoch, ModelHash = preset.Model.WeightsHash, CodecHash = preset.Model.CodecHash, SaeHash = preset.Sae.WeightsHash,
                Hook = preset.Sae.Hook, SampleRate = 16_000, FrameRate = 50, Settings = PresetSettings.ToTake(preset, "model", "sae") with { Window = null },
            },
            Codes = new Dictionary<string, PresetCodes> { ["A"] = preset.Arms["baseline"], ["C"] = preset.Arms["steered"] },
        });
        return [.. "RIFF"u8, 0, 0, 0, 0, .. "WAVE"u8, .. "data"u8, 100, 0, 0, 0, .. new byte[100], .. "saed"u8, .. BitConverter.GetBytes(sheet.Length), .. sheet];
    }

    /// <summary>One to four changes: bytes turned, cut, doubled, put in, numbers and words replaced.</summary>
    private static byte[] Mutate(byte[] good, Random random)
    {
        var bytes = good.ToList();
        string[] words = ["\"../../../etc/passwd\"", "1e999", "-1", "null", "{}", "[[[[", "\"\\ud800\"", "99999999999999999999", "\"<script>\"", "true", "\u0000", "\"schemaVersion\":9,"];
        for (var change = random.Next(1, 5); change > 0 && bytes.Count > 0; change--)
        {
            // The head, where the structure is, more often than the codes.
            var at = random.Next(2) == 0 ? random.Next(bytes.Count) : random.Next(Math.Min(1500, bytes.Count));
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(1, 300))); break;
                case 2: bytes.InsertRange(at, Encoding.UTF8.GetBytes(words[random.Next(words.Length)])); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, random.Next(1, 200)))); break;
                default: bytes.RemoveRange(at, bytes.Count - at); break;
            }
        }
        return [.. bytes];
    }

    private static string Link(string word, Random random)
    {
        const string Letters = "abcdefghijklmnopqrstuvwxyz234567ABC%2F.-_'\"<>";
        var letters = word.ToCharArray();
        letters[random.Next(letters.Length)] = Letters[random.Next(26)];
        return Uri.EscapeDataString(random.Next(3) switch { 0 => new string(letters) + "x", 1 => word[..random.Next(1, 31)] + "../../etc", _ => new string(letters)[1..] + Letters[random.Next(Letters.Length)] });
    }
}

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace SaeDashboard.Contracts.Tests;

/// <summary>Sounds that a take continues or follows.</summary>
public sealed class TakeSoundTests
{
    private static readonly byte[] Codes = MemoryMarshal.AsBytes<short>([1, 2, 3, 4, 5, 6]).ToArray();

    private static readonly TakeSound Given = new() { Source = "take-x.C", Name = "Take 1", Seconds = 0.06, Codebooks = 2, Codes = Convert.ToBase64String(Codes), Hash = Convert.ToHexStringLower(SHA256.HashData(Codes)) };
    private static readonly TakeSound Tune = new() { Source = "sound-x", Start = 1, Seconds = 30, Chroma = Convert.ToBase64String([0, 4, 7]), Hash = Convert.ToHexStringLower(SHA256.HashData([0, 4, 7])) };
    private static readonly TakeSettings Plain = new() { ModelPath = "/m", Seed = 1, Frames = 4, Arms = [TakeArms.Baseline] };

    [Fact]
    public void Settings_with_both_are_read_as_they_were_written()
    {
        Assert.Equal(3, Given.CountFrames());
        var all = Plain with { Continue = Given, Melody = Tune };
        Assert.Null(TakeRules.Problem(all));
        var read = JsonSerializer.Deserialize<TakeSettings>(JsonSerializer.Serialize(all, JsonDefaults.Lines), JsonDefaults.Lines)!;
        Assert.Equal((Given, Tune), (read.Continue, read.Melody));
        Assert.Equal(["source", "name", "seconds", "codebooks", "codes", "hash"], JsonSerializer.SerializeToElement(Given, JsonDefaults.Data).EnumerateObject().Select(field => field.Name));
        // Before a take begins: a file, and nothing of it yet.
        Assert.Null(TakeRules.Problem(Plain with { Continue = new TakeSound { Source = "sound-x", Seconds = 3, File = "/data/x.wav" } }));
    }

    [Fact]
    public void What_is_wrong_is_said()
    {
        Continues("The sound to continue has 3 frames and the take 3", Given, frames: 3);
        Continues("continue.chroma is a melody's", Tune);
        Continues("continue.source should name", Given with { Source = "" });
        Continues("begins at -1 s", Given with { Start = -1 });
        Continues("NaN s of the sound to continue are used", Given with { Seconds = double.NaN });
        Continues("not base64 of 4 codebooks", Given with { Codebooks = 4, Codes = Convert.ToBase64String(Codes[..10]) });
        Continues("not base64", Given with { Codes = "%" });
        Continues("continue.codebooks is 33", Given with { Codebooks = 33 });
        Continues("another one than its hash says", Given with { Hash = new string('0', 64) });
        Follows("120 s", Tune with { Seconds = 121 });
        Follows("melody.chroma is not base64", Tune with { Chroma = "" });
        Follows("another one than its hash says", Tune with { Chroma = Convert.ToBase64String([1]) });
        Follows("melody.name has 201", Tune with { Name = new string('n', 201) });
    }

    private static void Continues(string part, TakeSound sound, int frames = 4) => Assert.Contains(part, TakeRules.Problem(Plain with { Continue = sound, Frames = frames }), StringComparison.Ordinal);

    private static void Follows(string part, TakeSound sound) => Assert.Contains(part, TakeRules.Problem(Plain with { Melody = sound }), StringComparison.Ordinal);
}

using SaeDashboard.Core;

namespace SaeDashboard.Clap.Tests;

/// <summary>Folders whose files were altered at random load, or are refused by name; none ends the process.</summary>
public sealed class HostileClapTests(ITestOutputHelper output)
{
    private static readonly string[] Words =
    [
        "\"clap\"", "\"gelu\"", "\"relu\"", "\"ByteLevel\"", "\"BPE\"", "\"RobertaProcessing\"", "\"repeatpad\"", "\"rand_trunc\"", "48000", "480", "1024", "400",
        "[\"</s>\",2]", "[[\"a\",\"b\"]]", "[\"a b\"]", "{\"a\":0}",
    ];

    [Theory]
    [InlineData("config.json", 25)]
    [InlineData("preprocessor_config.json", 25)]
    [InlineData("tokenizer.json", 25)]
    public void Altered_folders_load_or_are_refused_by_name(string file, int cases)
    {
        // SAE_CLAP_CASES=2000 tries more.
        if (Environment.GetEnvironmentVariable("SAE_CLAP_CASES") is { } more) cases = int.Parse(more, System.Globalization.CultureInfo.InvariantCulture);
        using var folder = new ClapCopy();
        var golden = File.ReadAllText(folder[file]);
        float[] sound = [.. Enumerable.Range(0, 4000).Select(at => MathF.Sin(at * 0.1f))];
        var loaded = 0;
        for (var number = 0; number < cases; number++)
        {
            var json = new JsonMutator(new Random(number), Words).Mutate(golden);
            File.WriteAllText(folder[file], json);
            try
            {
                using var model = ClapModel.Load(folder.Path);
                model.EmbedText("solo taiko drums <mask> ' \ud83d\udc69\u200d\ud83d\udc67");
                model.EmbedSounds([sound]);
                loaded++;
            }
            catch (UserException error)
            {
                Assert.InRange(error.Message.Length, 1, UserException.MaxMessageLength);
            }
            catch (Exception error)
            {
                Assert.Fail($"{file}, case {number}: {error}");
            }
        }
        output.WriteLine($"{loaded} of {cases} loaded");
        // Neither everything nor nothing may be refused: the alterations would then be no test of the readers.
        Assert.InRange(loaded, 1, cases - 1);
    }
}

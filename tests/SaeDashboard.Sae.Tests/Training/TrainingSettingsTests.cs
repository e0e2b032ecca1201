using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Training;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>Settings files of people: what docs/training-settings.md promises, and what a mistake is answered with.</summary>
public sealed class TrainingSettingsTests : IDisposable
{
    private readonly TestFolders.TemporaryFolder folder = TestFolders.Temporary();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(TrainArchitecture.TopK)]
    [InlineData(TrainArchitecture.JumpRelu)]
    public void The_document_lists_every_series_that_a_run_writes(TrainArchitecture architecture)
    {
        using var bench = new RunBench();
        bench.Train("run", RunBench.Config with { Architecture = architecture });
        var written = RunMetrics.Read(bench.In("run", "metrics.jsonl")).SelectMany(line => line.EnumerateObject().Select(member => member.Name)).Distinct();
        // The evaluation is a stage of its own, after training: PipelineTests of the worker hold its series.
        var listed = Table("| series |").Where(row => row[1] != "evaluation").Select(row => row[0]);
        var always = architecture == TrainArchitecture.JumpRelu ? listed : listed.Where(name => name != "threshold");
        Assert.Equal(always.Order(), written.Except(["step", "columns", "time"]).Order());
    }

    [Fact]
    public void Every_mistake_of_a_file_is_reported_at_once()
    {
        var message = Refused("""
            { "latent": 512, "learningrate": 0.1, "colour": "red", "batch": "many", "steps": 1.5, "seed": null, "architecture": "vanilla",
              "medianSamples": 0, "warmUp": 2, "clipNorm": 1e999, "warmUp": 0 }
            """);
        Assert.Contains("train.json", message, StringComparison.Ordinal);
        Assert.Contains("unknown setting \"latent\"; did you mean \"latents\"?", message, StringComparison.Ordinal);
        Assert.Contains("unknown setting \"learningrate\"; did you mean \"learningRate\"?", message, StringComparison.Ordinal);
        Assert.Contains("unknown setting \"colour\"; docs/training-settings.md lists them", message, StringComparison.Ordinal);
        Assert.Contains("\"batch\" is \"many\": expected a whole number", message, StringComparison.Ordinal);
        Assert.Contains("\"steps\" is 1.5: expected a whole number", message, StringComparison.Ordinal);
        Assert.Contains("\"seed\" is null: expected a whole number", message, StringComparison.Ordinal);
        Assert.Contains($"\"architecture\" is \"vanilla\": expected one of {string.Join(", ", EnumJson.All<TrainArchitecture>())}", message, StringComparison.Ordinal);
        Assert.Contains("\"medianSamples\" is 0: at least 1", message, StringComparison.Ordinal);
        Assert.Contains("\"warmUp\" appears twice", message, StringComparison.Ordinal);
        Assert.Contains("\"warmUp\" is 2: a share", message, StringComparison.Ordinal);
        Assert.Contains("\"clipNorm\" is 1e999: expected a number", message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_could_not_be_read_is_not_held_against_its_default()
    {
        // 4096 are more than the default's latents, and bandwidth belongs to an architecture that is not known.
        var message = Refused("""{ "latents": "8k", "k": 4096, "architecture": 3, "bandwidth": 0.1 }""");
        Assert.Contains("\"latents\" is \"8k\"", message, StringComparison.Ordinal);
        Assert.Contains("\"architecture\" is 3", message, StringComparison.Ordinal);
        Assert.DoesNotContain("\"k\"", message, StringComparison.Ordinal);
        Assert.DoesNotContain("bandwidth", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "no JSON object")]
    [InlineData("null", "no JSON object")]
    [InlineData("{ \"k\": 3 ", "line 1")]
    [InlineData("", "this is not valid JSON")]
    [InlineData("{ \"\\ud800\": 3 }", "surrogate")]
    public void A_file_that_is_not_settings_is_named(string json, string part)
    {
        var message = Refused(json);
        Assert.Contains("train.json", message, StringComparison.Ordinal);
        Assert.Contains(part, message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        var config = new TrainConfig
        {
            Architecture = TrainArchitecture.JumpRelu,
            Engine = TrainEngine.Autograd,
            Bandwidth = 0.1,
            Steps = 5_000_000_000,
            DeadWindow = 7,
            Epsilon = 1e-12,
        };
        AtomicFile.WriteJson(folder.In("train.json"), config);
        Assert.Equal(config, TrainConfigFile.Read(folder.In("train.json")));
        File.WriteAllText(folder.In("train.json"), "// what a person writes\n{ \"architecture\": \"BatchTopK\", \"deadWindow\": null, }");
        Assert.Equal(config with { Architecture = TrainArchitecture.BatchTopK, DeadWindow = null, Bandwidth = null }, Read(config with { Bandwidth = null }));
    }

    private TrainConfig Read(TrainConfig basis) => TrainConfigFile.Read(folder.In("train.json"), basis);

    private string Refused(string json)
    {
        File.WriteAllText(folder.In("train.json"), json);
        return Assert.Throws<UserException>(() => TrainConfigFile.Read(folder.In("train.json"))).Message;
    }

    /// <summary>The cells of a table's rows, without the marks of code.</summary>
    private static List<string[]> Table(string head)
    {
        return [.. File.ReadLines(Repository.At("docs", "training-settings.md")).SkipWhile(line => !line.StartsWith(head, StringComparison.Ordinal)).Skip(2)
            .TakeWhile(line => line.StartsWith('|')).Select(line => line.Trim('|', ' ').Split('|').Select(cell => cell.Trim().Trim('`')).ToArray())];
    }
}

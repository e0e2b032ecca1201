using System.Text.Json;

namespace SaeDashboard.Contracts.Tests;

/// <summary>docs/training-settings.md says of every setting what the contract says.</summary>
public sealed class TrainingSettingsDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "training-settings.md"));

    private static readonly string[][] Rows = [.. Document.Split('\n').SkipWhile(line => !line.StartsWith("| setting |", StringComparison.Ordinal)).Skip(2)
        .TakeWhile(line => line.StartsWith('|')).Select(line => line.Trim('|', ' ').Split('|').Select(cell => cell.Trim()).ToArray())];

    [Fact]
    public void It_lists_every_setting_in_the_order_of_the_contract() =>
        Assert.Equal(TrainSetting.All.Select(setting => $"`{setting.Name}`"), Rows.Select(row => row[0]));

    public static TheoryData<string> Settings => [.. TrainSetting.All.Select(setting => setting.Name)];

    [Theory]
    [MemberData(nameof(Settings))]
    public void It_gives_the_type_the_default_the_limits_and_the_meaning(string name)
    {
        var setting = TrainSetting.Find(name)!;
        var row = Assert.Single(Rows, row => row[0] == $"`{name}`");
        var ranges = TrainRules.Cross.Where(rule => rule.Setting == name).Select(rule => rule.Text);
        // The type lists an enumeration's names already.
        if (setting.Range is { } own && (!setting.Type.IsEnum || !ranges.Any())) ranges = ranges.Prepend(own);
        Assert.Equal(
            [setting.TypeText, JsonSerializer.SerializeToNode(new TrainConfig(), JsonDefaults.Lines)![name]?.ToJsonString() ?? "null", ranges.Any() ? string.Join("; ", ranges) : "any", setting.Meaning],
            row[1..]);
    }

    [Fact]
    public void It_says_what_a_resumed_run_and_a_fork_may_change()
    {
        var text = Document.ReplaceLineEndings(" ");
        Assert.Contains($"only {Listed(setting => setting.MayChangeOnResume)} may differ", text, StringComparison.Ordinal);
        Assert.Contains($"A fork may change all but {Listed(setting => setting.FixedInFork)}", text, StringComparison.Ordinal);
    }

    private static string Listed(Func<TrainSetting, bool> which)
    {
        var names = TrainSetting.All.Where(which).Select(setting => $"`{setting.Name}`").ToArray();
        return $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";
    }
}

using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Steering;
using SaeDashboard.Core.Tests.Features;

namespace SaeDashboard.Core.Tests.Steering;

/// <summary>ladders.jsonl: written, read, and refused with the reason; and the band that a ladder gives.</summary>
public sealed class StrengthLaddersTests : IDisposable
{
    private static readonly FeatureIndexInfo Index = FeatureIndexTests.Make(8, 1, 20).Info;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    internal static StrengthLaddersInfo Info(FeatureIndexInfo index) => new() { SaeHash = index.SaeHash, ModelHash = index.ModelHash, DatasetHash = index.DatasetHash, Descriptors = ["level", "pitch"], Count = 0 };

    internal static FeatureLadder Ladder(int feature, params (double Strength, LadderLevel Level)[] rungs) => new()
    {
        Feature = feature,
        P99 = 0.25,
        UnitLength = 3,
        Conditions = new LadderConditions(["Simple melody"], 8, 5, 3),
        Noise = new LadderNoise { Deviations = [1.5, null], Coding = [0.2, null], Spectrum = 4 },
        Rungs = [.. (rungs.Length > 0 ? rungs : [(-2, LadderLevel.Unsure), (2, LadderLevel.Audible)]).Select(rung => new LadderRung
        {
            Strength = rung.Strength,
            Pairs = 8,
            Broken = rung.Level == LadderLevel.Breaks ? 3 : 0,
            Fault = rung.Level == LadderLevel.Breaks ? LadderFault.Silent : null,
            Level = rung.Level,
            Deltas = [new LadderInterval(1, 0.5, 1.5), null],
            Spectrum = new LadderInterval(0.1, -0.2, 0.4),
        })],
        Sides = [new LadderSides { Strength = 2, Moved = 1, Of = 7, Features = [new LadderMove(0, 0.2, 0.1, 0.3)] }],
    };

    [Fact]
    public void Ladders_are_read_as_they_were_written_and_a_new_one_replaces_the_older_of_its_feature()
    {
        Assert.Null(StrengthLadders.Open(folder.Path, Index));
        StrengthLadders.Add(folder["made"], Info(Index), Index, [Ladder(5), Ladder(1)]);
        var bytes = File.ReadAllBytes(folder[$"made/{StrengthLadders.FileName}"]);
        var read = StrengthLadders.Open(folder["made"], Index)!;
        Assert.Equal([1, 5], read.Features);
        Assert.Equivalent(Ladder(5), read.Of(5), strict: true);
        StrengthLadders.Write(folder["made"], read.Info, Index.Features, [read.Of(5)!, read.Of(1)!]);
        Assert.Equal(bytes, File.ReadAllBytes(folder[$"made/{StrengthLadders.FileName}"]));
        StrengthLadders.Add(folder["made"], Info(Index), Index, [Ladder(5, (4, LadderLevel.Strong))]);
        read = StrengthLadders.Open(folder["made"], Index)!;
        Assert.Equal([4, 2], [read.Of(5)!.Rungs[^1].Strength, read.Of(1)!.Rungs[^1].Strength]);
        // What another model gave does not stay next to it.
        StrengthLadders.Add(folder["made"], Info(Index) with { ModelHash = "other" }, Index, [Ladder(7)]);
        Assert.Equal([7], StrengthLadders.Open(folder["made"], Index)!.Features);
    }

    [Fact]
    public async Task Ladders_that_two_writers_add_at_the_same_time_are_all_kept()
    {
        using var start = new Barrier(2);
        var writers = Enumerable.Range(0, 2).Select(writer => Task.Factory.StartNew(() =>
        {
            start.SignalAndWait(TestContext.Current.CancellationToken);
            for (var round = 0; round < 4; round++) StrengthLadders.Add(folder["made"], Info(Index), Index, [Ladder(2 * round + writer)]);
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        await Task.WhenAll(writers);
        Assert.Equal(Enumerable.Range(0, 8), StrengthLadders.Open(folder["made"], Index)!.Features);
        Assert.Equal([StrengthLadders.FileName], Directory.GetFiles(folder["made"]).Select(Path.GetFileName));
    }

    [Fact]
    public void One_that_does_not_finish_is_named_and_nothing_is_written_meanwhile()
    {
        StrengthLadders.Add(folder["made"], Info(Index), Index, [Ladder(1)]);
        using (FileLock.TryAcquire(folder["made/.ladders.lock"]))
        {
            var message = Assert.Throws<UserException>(() => StrengthLadders.Add(folder["made"], Info(Index), Index, [Ladder(2)], TimeSpan.FromMilliseconds(50))).Message;
            Assert.Contains("another process is adding ladders", message, StringComparison.Ordinal);
        }
        Assert.Equal([1], StrengthLadders.Open(folder["made"], Index)!.Features);
        // A lock file that a killed process left does not hold anyone up.
        StrengthLadders.Add(folder["made"], Info(Index), Index, [Ladder(2)]);
        Assert.Equal([1, 2], StrengthLadders.Open(folder["made"], Index)!.Features);
    }

    [Fact]
    public void A_band_begins_where_every_further_strength_is_heard_and_ends_where_the_music_breaks()
    {
        var ladder = Ladder(0, (-8, LadderLevel.Breaks), (-2, LadderLevel.Strong), (-1, LadderLevel.Audible), (1, LadderLevel.Audible), (2, LadderLevel.Unsure), (4, LadderLevel.Audible), (8, LadderLevel.Strong), (16, LadderLevel.Strong), (32, LadderLevel.Breaks));
        Assert.Equal(new LadderReach(4, 8, 32, 16), ladder.Up);
        Assert.Equal(new LadderReach(-1, -2, -8, -2), ladder.Down);
        Assert.Equal("audible from +4, strong from +8, breaks at +32", LadderText.Of(ladder.Up));
        Assert.Equal("not surely heard up to +2", LadderText.Of(Ladder(0, (2, LadderLevel.Unsure)).Up));
        Assert.Equal("breaks at −1", LadderText.Of(Ladder(0, (-1, LadderLevel.Breaks)).Down));
        Assert.Equal("strong from +1", LadderText.Of(Ladder(0, (1, LadderLevel.Strong)).Up));
        Assert.Equal("not tested", LadderText.Of(Ladder(0, (1, LadderLevel.Strong)).Down));
    }

    [Fact]
    public void One_of_other_weights_or_a_damaged_one_is_refused_with_a_clear_message()
    {
        StrengthLadders.Add(folder.Path, Info(Index), Index, [Ladder(1), Ladder(2)]);
        var path = folder[StrengthLadders.FileName];
        Assert.Contains("other weights", Assert.Throws<UserException>(() => StrengthLadders.Open(folder.Path, Index with { SaeHash = "z" })).Message, StringComparison.Ordinal);
        var whole = File.ReadAllText(path);
        foreach (var (from, to, word) in new[]
        {
            ("\"pairs\":8", "\"pairs\":-8", "line 2: a rung whose counts"), ("\"mean\":1,", "\"mean\":9,", "does not hold its mean"), ("\"feature\":2", "\"feature\":1", "twice"), ("\"feature\":2", "\"feature\":9", "feature 9"),
            ("\"level\":\"audible\"", "\"level\":\"loud\"", "line 2"), ("\"count\":2", "\"count\":3", "first line says 3"), ("\"version\":1", "\"version\":2", "version 2"), ("\"p99\":0.25", "\"p99\":-1", "p99"),
            ("\"strength\":-2", "\"strength\":2", "ascend"), ("\"deltas\":[", "\"deltas\":[null,", "3 deltas"),
        })
        {
            File.WriteAllText(path, whole.Replace(from, to, StringComparison.Ordinal));
            var message = Assert.Throws<UserException>(() => StrengthLadders.Open(folder.Path, Index)).Message;
            Assert.Contains(word, message, StringComparison.Ordinal);
            Assert.StartsWith(path, message, StringComparison.Ordinal);
        }
        var random = new Random(1);
        var bytes = System.Text.Encoding.UTF8.GetBytes(whole);
        for (var round = 0; round < 300; round++)
        {
            File.WriteAllBytes(path, ByteMutator.Mutate(random, bytes, 400));
            // It opens, or says why not.
            if (Record.Exception(() => StrengthLadders.Open(folder.Path, Index)) is { } error) Assert.IsType<UserException>(error);
        }
    }
}

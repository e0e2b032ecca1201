using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace SaeDashboard.Contracts.Tests;

public sealed class TakeRulesTests
{
    private static readonly TakeSettings Plain = new() { ModelPath = "/m", SaePath = "/s", Seed = 1, Frames = 100, Steers = [new TakeSteer(3, 1, "add", 2)] };

    [Fact]
    public void What_is_new_in_a_take_is_absent_from_its_file_until_it_is_used()
    {
        var names = Names(JsonSerializer.SerializeToElement(Plain, JsonDefaults.Data));
        Assert.Equal(["modelPath", "saePath", "prompt", "seed", "frames", "guidance", "temperature", "topK", "topP", "greedy", "window", "stride", "piece", "rows", "arms", "steers"], names);
        Assert.Equal(["feature", "strength", "mode", "p99"], Names(JsonSerializer.SerializeToElement(Plain.Steers[0], JsonDefaults.Data)));
        Assert.Equal(["column", "strip", "strength"], Names(JsonSerializer.SerializeToElement(new KnobMove(1, 2, 3), JsonDefaults.Data)));

        var all = Plain with
        {
            Steers = [new TakeSteer(3, 1, "clamp", 2) { SaePath = "/t", Onset = 4, Envelope = [new(0, 0), new(9, 0.5)], Condition = new(7, 0.5, 1.5) { Sae = "/u" }, Muted = true }],
            Moves = [new(5, 0, 2), new(9, 0, 1) { Muted = true }],
            Controls = new TakeControls { Seed = 9, Features = [4], DiffMean = Direction(1, 2), FollowMoves = true },
            Live = new TakeLive { LeadSeconds = 0.5 },
            Arms = TakeArms.All,
        };
        Assert.Null(TakeRules.Problem(all));
        var read = JsonSerializer.Deserialize<TakeSettings>(JsonSerializer.Serialize(all, JsonDefaults.Lines), JsonDefaults.Lines)!;
        Assert.Equal(all.Steers, read.Steers);
        Assert.NotEqual(all.Steers[0], all.Steers[0] with { Envelope = [new(0, 0), new(9, 0.6)] });
        Assert.Equal(all.Moves, read.Moves);
        Assert.Equal((all.Controls.Seed, all.Controls.DiffMean, true, all.Live), (read.Controls!.Seed, read.Controls.DiffMean, read.Controls.FollowMoves, read.Live));
    }

    [Fact]
    public void An_envelope_is_straight_between_its_points_and_level_outside()
    {
        EnvelopePoint[] points = [new(10, 0.25), new(20, 1), new(21, 0)];
        Assert.Equal([0.25, 0.25, 0.625, 1, 0, 0], new[] { 0, 10, 15, 20, 21, 900 }.Select(column => Envelope.At(points, column)));
        Assert.Equal((1, 1), (Envelope.At(null, 5), Envelope.At([], 5)));
    }

    [Fact]
    public void The_last_move_of_a_strip_wins_from_its_column_on()
    {
        IReadOnlyList<KnobMove> moves = Automation.With([], [new(50, 0, 1), new(80, 0, 2), new(60, 1, 7) { Muted = true }]);
        Assert.Equal([(9.0, false), (1, false), (1, false), (2, false)], new[] { 49, 50, 79, 80 }.Select(column => Automation.At(moves, 0, column, 9, false)));
        Assert.Equal(((3.0, true), (7, true)), (Automation.At(moves, 1, 59, 3, true), Automation.At(moves, 1, 60, 3, false)));
        // Turned again at an earlier column: what came after it is obsolete, of this strip only.
        moves = Automation.With(moves, [new(40, 0, 5)]);
        Assert.Equal([new(40, 0, 5), new(60, 1, 7) { Muted = true }], moves);
        // Not only in what With returns: the order of the list counts.
        Assert.Equal((5, false), Automation.At([new(80, 0, 2), new(40, 0, 5)], 0, 90, 0, false));
    }

    [Fact]
    public void What_breaks_a_rule_is_named_with_what_to_do()
    {
        Says("choose from A (baseline)", Plain with { Arms = ["A", "A"] });
        Says("at least one", Plain with { Frames = 0 });
        Says("no SAE is named", Plain with { SaePath = null });
        Says("needs an SAE", Plain with { SaePath = null, Steers = [], Arms = ["A", "E"] });
        Says("controls.diffMean", Plain with { Arms = ["A", "M"] });
        Says("“direction”", Plain with { Controls = new() { DiffMean = Direction(1) with { Hash = "00" } } });
        Says("base64", Plain with { Controls = new() { DiffMean = Direction(1) with { Values = "%%" } } });
        Says("negative", Plain with { Controls = new() { Features = [-1] } });
        Says("from −1000 to 1000", Steer(steer => steer with { Strength = double.NaN }));
        Says("its onset is at column -1", Steer(steer => steer with { Onset = -1 }));
        Says("level 1.5 at column 3", Steer(steer => steer with { Envelope = [new(3, 1.5)] }));
        Says("from column 3 to 3", Steer(steer => steer with { Envelope = [new(3, 1), new(3, 0)] }));
        Says("at most 2000", Steer(steer => steer with { Envelope = [.. Enumerable.Range(0, 2001).Select(column => new EnvelopePoint(column, 1))] }));
        Says("the threshold must be", Steer(steer => steer with { Condition = new(1, -1, 1) }));
        Says("does not exist", Steer(steer => steer with { Condition = new(-4, 1, 1) }));
        Says("strip 1 is moved, but the take has the strips 0 to 0", Plain with { Moves = [new(3, 1, 1)] });
        Says("columns are from 0", Plain with { Moves = [new(-3, 0, 1)] });
        Says("live.leadSeconds", Plain with { Live = new() { LeadSeconds = 0 } });
        Says("live.waitSeconds", Plain with { Live = new() { WaitSeconds = double.NaN } });
        Says("live.block", Plain with { Live = new() { Block = 0 } });
        Says("at most 64", Plain with { Steers = [.. Enumerable.Repeat(Plain.Steers[0], 65)] });
        Says("at most 8", Plain with { Steers = [.. Enumerable.Range(0, 9).Select(i => Plain.Steers[0] with { SaePath = $"/{i}" })] });
        Assert.Null(TakeRules.Problem(Plain));
    }

    private static TakeSettings Steer(Func<TakeSteer, TakeSteer> change) => Plain with { Steers = [change(Plain.Steers[0])] };

    private static void Says(string part, TakeSettings settings) => Assert.Contains(part, TakeRules.Problem(settings), StringComparison.Ordinal);

    private static TakeDirection Direction(params float[] values)
    {
        var bytes = MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        return new TakeDirection(Convert.ToHexStringLower(SHA256.HashData(bytes)), Convert.ToBase64String(bytes), "layers.4.resid_post");
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(member => member.Name);
}

using SaeDashboard.Core;
using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Sae.Tests.Features;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Steering;

/// <summary>Steering with envelopes, conditions, onsets and moves, held against the formulas in float64; and its controls.</summary>
public sealed class ShapedSteeringTests
{
    private const int Width = 12;
    private const int Features = 48;
    private const int First = 100;
    private const int Columns = 24;

    private static readonly EnvelopePoint[] Rising = [new(103, 0), new(113, 1), new(118, 0.25)];
    private static readonly KnobMove[] Moves = [new(109, 0, -1.5), new(112, 1, 0.4) { Muted = true }, new(115, 1, 2)];

    public static TheoryData<SteerMode, InputNormalization> Methods
    {
        get
        {
            var all = new TheoryData<SteerMode, InputNormalization>();
            foreach (var mode in Enum.GetValues<SteerMode>())
            {
                all.Add(mode, InputNormalization.None);
                all.Add(mode, InputNormalization.LayerNorm);
            }
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Each_method_with_envelope_condition_onset_and_moves_is_its_formula(SteerMode mode, InputNormalization normalization)
    {
        using var sae = RandomSae.Create(4, Width, Features, 6, normalization: normalization);
        using var x = RandomSae.Normal(new Random(5), 1, 1, Columns, Width).Add(0.4);
        using var latents = sae.Encode(x.reshape(Columns, Width));
        // A condition that holds at some columns only.
        const int gating = 9;
        var threshold = TensorData.AsSpan(latents.select(1, gating).contiguous()).ToArray().Order().ElementAt(Columns / 2);
        var gate = new ConditionGate(gating, threshold);
        gate.Read(latents, First);
        Steer[] steers =
        [
            new(3, 0.8, mode) { Envelope = Rising, Knob = new KnobTrack(0, 0.8, false) { Moves = Moves } },
            new(11, 0.6, mode, new SteerRange(105)) { Gate = gate, Knob = new KnobTrack(1, 0.6, false) { Moves = Moves } },
            new(3, 0.3) { Knob = new KnobTrack(2, 0.3, true) { Moves = [new(110, 2, 0.3)] } },
        ];
        using var edit = new SteeringEdit(sae, P99, steers);
        using var actual = edit.Apply(x, First);

        using var scales = sae.InputScale(x.reshape(Columns, Width));
        var (values, expected, open) = (x.data<float>().ToArray(), new double[Columns * Width], 0);
        for (var column = 0; column < Columns; column++)
        {
            var at = First + column;
            var fired = latents[column, gating].ToDouble() > threshold;
            open += fired ? 1 : 0;
            var (f3, f11) = (latents[column, 3].ToDouble(), latents[column, 11].ToDouble());
            var level = at <= 103 ? 0 : at <= 113 ? (at - 103) / 10.0 : at <= 118 ? 1 - 0.75 * (at - 113) / 5.0 : 0.25;
            var g3 = f3 + level * (Full(mode, f3, at < 109 ? 0.8 : -1.5, P99(3)) - f3);
            if (at >= 110) g3 += 0.3 * P99(3);
            var g11 = f11;
            if (at >= 105 && fired && at is < 112 or >= 115) g11 = Full(mode, f11, at < 112 ? 0.6 : 2, P99(11));
            if (at < 105 || !fired) g11 = f11;
            var scale = normalization == InputNormalization.None ? 1 : scales[column, 0].ToDouble();
            using var d3 = sae.Direction(3);
            using var d11 = sae.Direction(11);
            for (var i = 0; i < Width; i++)
                expected[column * Width + i] = values[column * Width + i] + scale * ((g3 - f3) * d3[i].ToDouble() + (g11 - f11) * d11[i].ToDouble());
        }
        Assert.InRange(open, 6, 18);
        var got = actual.data<float>().ToArray();
        Assert.All(got.Zip(expected), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 2e-5));

        // One column at a time, and twice: the column alone decides, bit for bit.
        var (alone, twice) = (new List<int>(), new List<int>());
        for (var column = 0; column < Columns; column++)
        {
            using var one = edit.Apply(x.narrow(1, column, 1), First + column);
            using var pair = edit.Apply(x.narrow(1, column, 1).repeat(3, 1, 1), First + column);
            using var again = edit.Apply(x.narrow(1, column, 1), First + column);
            AssertSameBits(one, again);
            Assert.InRange(one.sub(actual.narrow(1, column, 1)).abs().max().ToDouble(), 0, 1e-5);
            for (var row = 0; row < 3; row++) Assert.InRange(pair.narrow(0, row, 1).sub(one).abs().max().ToDouble(), 0, 1e-5);
        }
    }

    [Theory]
    [InlineData(SteerMode.Add, InputNormalization.None)]
    [InlineData(SteerMode.Add, InputNormalization.LayerNorm)]
    [InlineData(SteerMode.Clamp, InputNormalization.None)]
    [InlineData(SteerMode.Scale, InputNormalization.None)]
    public void A_control_has_the_norm_of_the_change_at_every_column_and_its_own_direction(SteerMode mode, InputNormalization normalization)
    {
        using var sae = RandomSae.Create(4, Width, Features, 6, normalization: normalization);
        using var x = RandomSae.Normal(new Random(5), 1, 1, Columns, Width).Add(0.4);
        Steer[] steers = [new(3, 0.8, mode) { Envelope = Rising, Knob = new KnobTrack(0, 0.8, false) { Moves = Moves } }, new(11, 1.2, mode, new SteerRange(105, 120))];
        using var steered = new SteeringEdit(sae, P99, steers);
        using var norms = steered.Apply(x, First).sub(x).norm(2);
        var direction = RandomDirection.Create(17, Width, 4);
        var control = new MatchedEdit(steered, direction);
        using var edited = control.Apply(x, First);
        using var change = edited.sub(x);
        using var along = change.mul(TensorData.FromFloats(direction, Width).Div(4)).sum(2);
        var (moved, signs) = (0, new HashSet<int>());
        for (var column = 0; column < Columns; column++)
        {
            var (wanted, got) = (norms[0, column].ToDouble(), change.select(1, column).norm().ToDouble());
            Assert.Equal(wanted, got, 1e-5 * Math.Max(wanted, 0.05));
            if (wanted == 0)
            {
                AssertSameBits(x.narrow(1, column, 1), edited.narrow(1, column, 1));
                continue;
            }
            moved++;
            signs.Add(Math.Sign(along[0, column].ToDouble()));
            Assert.Equal(wanted, Math.Abs(along[0, column].ToDouble()), 1e-4 * Math.Max(wanted, 0.05));
        }
        // Scaling moves only what fires.
        Assert.InRange(moved, mode == SteerMode.Scale ? 1 : 15, Columns);
        // Turned down from column 109 on, the control turns round, where the other strip does not outweigh it.
        if (mode == SteerMode.Add) Assert.Equal([-1, 1], signs.Order());

        // Without the steers there is nothing to match.
        using var nothing = new SteeringEdit(sae, P99, [new Steer(3, 0, SteerMode.Add)]);
        AssertSameBits(x, new MatchedEdit(nothing, direction).Apply(x, First));
        Assert.Contains("no length", Assert.Throws<UserException>(() => new MatchedEdit(nothing, new float[Width])).Message, StringComparison.Ordinal);
        Assert.Contains("12 wide", Assert.Throws<UserException>(() => new MatchedEdit(nothing, new float[] { 1, 2 }).Apply(x, 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_that_steering_broke_is_noticed_and_judged_again_when_it_is_computed_again()
    {
        using var x = RandomSae.Normal(new Random(5), 1, 1, 6, Width);
        var guard = new ResidualGuard();
        Assert.Null(guard.Check(x, x.Mul(20), 0));
        using var far = x.clone();
        far.select(1, 3).mul_(tensor(1000f));
        var (column, why) = guard.Check(x, far, 0)!.Value;
        Assert.Equal(3, column);
        Assert.Contains("times as long", why, StringComparison.Ordinal);
        using var broken = x.clone();
        broken.select(1, 2).select(1, 5).copy_(tensor(float.NaN));
        Assert.Equal((2, "the steered residual stream is not finite"), guard.Check(x, broken, 0));
        Assert.Contains("before it is steered", guard.Check(broken, x, 0)!.Value.Why, StringComparison.Ordinal);
        // A longer column that was computed and then discarded does not count for those before it.
        Assert.Null(guard.Check(x.Mul(50), x.Mul(50), 6));
        Assert.Null(guard.Check(x, x, 0));
        Assert.NotNull(guard.Check(x.narrow(1, 5, 1), x.narrow(1, 5, 1).Mul(400), 5));
    }

    [Fact]
    public void A_gate_that_was_not_read_is_a_fault()
    {
        var gate = new ConditionGate(2, 0.5);
        Assert.Throws<InvalidOperationException>(() => gate.IsOpen(4));
        using var latents = tensor(new float[] { 0, 0, 0.5f, 0, 0, 0.6f }).reshape(2, 3);
        gate.Read(latents, 4);
        Assert.Equal((false, true), (gate.IsOpen(4), gate.IsOpen(5)));
    }

    private static double P99(int feature) => 1.5 + 0.1 * feature;

    private static double Full(SteerMode mode, double latent, double strength, double p99) => mode switch
    {
        SteerMode.Add => latent + strength * p99,
        SteerMode.Clamp => strength * p99,
        SteerMode.AtLeast => Math.Max(latent, strength * p99),
        SteerMode.Scale => latent * strength,
        _ => 0,
    };

    private static void AssertSameBits(Tensor expected, Tensor actual) => Assert.Equal(
        expected.contiguous().data<float>().ToArray().Select(BitConverter.SingleToInt32Bits),
        actual.contiguous().data<float>().ToArray().Select(BitConverter.SingleToInt32Bits));
}

using SaeDashboard.Core;
using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Sae.Tests.Features;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Steering;

public class SteeringEditTests
{
    private const int Width = 12;
    private const int Features = 48;
    private static readonly Func<int, double> Percentile99 = feature => 1.5 + 0.1 * feature;

    public static TheoryData<SaeArchitecture, InputNormalization, bool> Kinds => new()
    {
        { SaeArchitecture.TopK, InputNormalization.None, false },
        { SaeArchitecture.TopK, InputNormalization.None, true },
        { SaeArchitecture.TopK, InputNormalization.LayerNorm, false },
        { SaeArchitecture.TopK, InputNormalization.ConstantNormRescale, false },
        { SaeArchitecture.JumpRelu, InputNormalization.None, false },
        { SaeArchitecture.Standard, InputNormalization.None, false },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_mode_is_x_plus_the_difference_of_two_decodings(SaeArchitecture architecture, InputNormalization normalization, bool rescale)
    {
        using var sae = RandomSae.Create(4, Width, Features, 6, architecture, normalization, rescale);
        using var x = RandomSae.Normal(new Random(5), 1, 20, Width).Add(0.4);
        using var latents = sae.Encode(x);
        foreach (var mode in Enum.GetValues<SteerMode>())
        {
            using var edit = new SteeringEdit(sae, Percentile99, [new Steer(3, 0.8, mode), new Steer(11, -0.6, mode)]);
            using var changed = latents.clone();
            foreach (var (feature, strength) in ((int, double)[])[(3, 0.8), (11, -0.6)])
            {
                var level = (float)(strength * Percentile99(feature));
                using var column = changed.select(1, feature);
                using var now = mode switch
                {
                    SteerMode.Add => column.Add(level),
                    SteerMode.Clamp => zeros_like(column).Add(level),
                    SteerMode.AtLeast => column.clamp(level),
                    SteerMode.Scale => column.Mul((float)strength),
                    _ => zeros_like(column),
                };
                column.copy_(now);
            }

            using var expected = x.Add(sae.Decode(changed, x).sub(sae.Decode(latents, x)));
            using var actual = edit.Apply(x, 0);
            Assert.InRange(Largest(expected.sub(actual)), 0, 2e-5);
            Assert.True(Largest(actual.sub(x)) > 1e-3, $"{mode} did nothing.");
            Assert.Equal(1, edit.Calls);
        }
    }

    [Fact]
    public void The_error_of_the_sae_is_kept_unless_it_is_to_be_dropped()
    {
        using var sae = RandomSae.Create(4, Width, Features, 3);
        using var x = RandomSae.Normal(new Random(5), 1, 9, Width);
        using var kept = new SteeringEdit(sae, Percentile99, []);
        using var dropped = new SteeringEdit(sae, Percentile99, [], keepError: false);
        using var reconstruction = sae.Decode(sae.Encode(x), x);
        AssertSameBits(x, kept.Apply(x, 0));
        AssertSameBits(reconstruction, dropped.Apply(x, 0));

        using var steered = new SteeringEdit(sae, Percentile99, [new Steer(2, 1.5)], keepError: false);
        using var direction = sae.Direction(2);
        using var expected = reconstruction.Add(direction.Mul((float)(1.5 * Percentile99(2))));
        Assert.InRange(Largest(expected.sub(steered.Apply(x, 0))), 0, 1e-5);
    }

    [Fact]
    public void Ablating_sets_the_latent_to_zero_when_encoded_again()
    {
        // Orthonormal encoder and decoder rows that are each other's transpose: encoding is exact, so f can be read back.
        using var identity = eye(Width);
        using var sae = new SparseAutoencoder(
            new SaeConfig { Architecture = SaeArchitecture.Standard, DIn = Width, DSae = Width },
            new Dictionary<string, Tensor> { ["W_enc"] = identity.clone(), ["W_dec"] = identity.clone(), ["b_enc"] = zeros(Width), ["b_dec"] = ones(Width) });
        // Above b_dec everywhere: a latent below its ReLU would keep what it lacks as error.
        using var x = RandomSae.Normal(new Random(6), 1, 30, Width).abs().Add(1.5);
        using var before = sae.Encode(x);
        using var ablate = new SteeringEdit(sae, Percentile99, [new Steer(4, 1, SteerMode.Ablate)]);
        using var after = sae.Encode(ablate.Apply(x, 0));
        Assert.InRange(Largest(after.select(1, 4)), 0, 1e-6);
        using var clamp = new SteeringEdit(sae, Percentile99, [new Steer(4, 0.5, SteerMode.Clamp)]);
        using var clamped = sae.Encode(clamp.Apply(x, 0));
        Assert.InRange(Largest(clamped.select(1, 4).Sub((float)(0.5 * Percentile99(4)))), 0, 1e-5);
        foreach (var other in Enumerable.Range(0, Width).Where(feature => feature != 4))
        {
            Assert.InRange(Largest(after.select(1, other).sub(before.select(1, other))), 0, 1e-6);
            Assert.InRange(Largest(clamped.select(1, other).sub(before.select(1, other))), 0, 1e-6);
        }
    }

    [Fact]
    public void What_is_added_has_the_norm_that_is_said_and_a_random_direction_the_same()
    {
        using var sae = RandomSae.Create(4, Width, Features, 6, rescale: true);
        using var x = RandomSae.Normal(new Random(5), 1, 3, Width);
        Steer[] steers = [new Steer(7, -2.5)];
        using var direction = sae.Direction(7);
        var expected = 2.5 * Percentile99(7) * direction.norm().ToDouble();
        using var steered = new SteeringEdit(sae, Percentile99, steers);
        var random = new MatchedEdit(steered, RandomDirection.Create(9, Width, 1));
        var again = new MatchedEdit(steered, RandomDirection.Create(9, Width, 1));
        var another = new MatchedEdit(steered, RandomDirection.Create(10, Width, 1));
        foreach (var edit in (IResidualEdit[])[steered, random, another])
        {
            Assert.Equal(expected, edit.Apply(x, 0).sub(x).select(0, 1).norm().ToDouble(), 1e-5 * expected);
        }

        AssertSameBits(random.Apply(x, 0), again.Apply(x, 0));
        Assert.True(Largest(random.Apply(x, 0).sub(another.Apply(x, 0))) > 0.1);
        using var towards = random.Apply(x, 0).sub(x).select(0, 0);
        using var wanted = steered.Apply(x, 0).sub(x).select(0, 0);
        Assert.InRange(Math.Abs(towards.mul(wanted).sum().ToDouble()) / expected / expected, 0, 0.95);
    }

    [Fact]
    public void Strength_zero_really_runs_and_leaves_every_bit()
    {
        using var sae = RandomSae.Create(4, Width, Features, 6);
        // −0, the smallest denormal, infinities and NaN too.
        var values = RandomSae.Normal(new Random(5), 1, 4 * Width).data<float>().ToArray();
        values[0] = -0f;
        values[1] = 0f;
        values[2] = float.Epsilon;
        values[3] = -float.Epsilon;
        using var x = tensor(values).reshape(1, 4, Width);
        (SteerMode Mode, double Strength)[] nothing = [(SteerMode.Add, 0), (SteerMode.Add, -0.0), (SteerMode.AtLeast, 0), (SteerMode.Scale, 1)];
        foreach (var (mode, strength) in nothing)
        {
            using var edit = new SteeringEdit(sae, Percentile99, [new Steer(3, strength, mode), new Steer(5, strength, mode)]);
            AssertSameBits(x, edit.Apply(x, 0));
            AssertSameBits(x, edit.Apply(x, 4));
            Assert.Equal(2, edit.Calls);
            var random = new MatchedEdit(edit, RandomDirection.Create(1, Width, 1));
            AssertSameBits(x, random.Apply(x, 0));
        }

        values[4] = float.NaN;
        values[5] = float.NegativeInfinity;
        using var strange = tensor(values).reshape(1, 4, Width);
        using var add = new SteeringEdit(sae, Percentile99, [new Steer(3, 0)]);
        AssertSameBits(strange, add.Apply(strange, 0));
        using var direction = new DirectionEdit(new float[Width]);
        AssertSameBits(strange, direction.Apply(strange, 0));
        Assert.Equal(1, direction.Calls);
    }

    [Fact]
    public void Steers_follow_the_absolute_column()
    {
        using var sae = RandomSae.Create(4, Width, Features, 6);
        using var x = RandomSae.Normal(new Random(5), 1, 2 * 10 * Width).reshape(2, 10, Width);
        Steer[] steers = [new Steer(3, 1, Columns: new SteerRange(103, 106)), new Steer(8, 2, SteerMode.Scale, new SteerRange(105))];
        using var edit = new SteeringEdit(sae, Percentile99, steers);
        using var whole = edit.Apply(x, 100);
        using var moved = whole.sub(x);
        for (var column = 0; column < 10; column++)
        {
            // The same alone, as one step of generation.
            using var one = x.narrow(1, column, 1);
            Assert.InRange(Largest(edit.Apply(one, 100 + column).sub(whole.narrow(1, column, 1))), 0, 1e-6);
            if (column < 3)
                AssertSameBits(one, whole.narrow(1, column, 1));
            else if (column < 6)
                Assert.True(Largest(moved.narrow(1, column, 1)) > 0.01);
        }

        using var added = new DirectionEdit([.. Enumerable.Range(0, Width).Select(i => (float)i)], new SteerRange(101, 102));
        using var shifted = added.Apply(x, 100);
        AssertSameBits(x.narrow(1, 0, 1), shifted.narrow(1, 0, 1));
        AssertSameBits(x.narrow(1, 2, 8), shifted.narrow(1, 2, 8));
        Assert.Equal(Width - 1, shifted.sub(x).select(1, 1).select(0, 1)[Width - 1].ToSingle(), 1e-5);
    }

    [Fact]
    public void Several_steers_on_one_feature_act_in_order()
    {
        using var sae = RandomSae.Create(4, Width, Features, 6);
        using var x = RandomSae.Normal(new Random(5), 1, 5, Width);
        using var latents = sae.Encode(x);
        using var both = new SteeringEdit(sae, Percentile99, [new Steer(3, 0, SteerMode.Ablate), new Steer(3, 1)]);
        using var clamp = new SteeringEdit(sae, Percentile99, [new Steer(3, 1, SteerMode.Clamp)]);
        Assert.InRange(Largest(both.Apply(x, 0).sub(clamp.Apply(x, 0))), 0, 1e-6);
        using var twice = new SteeringEdit(sae, Percentile99, [new Steer(3, 1), new Steer(3, 0.5)]);
        using var once = new SteeringEdit(sae, Percentile99, [new Steer(3, 1.5)]);
        Assert.InRange(Largest(twice.Apply(x, 0).sub(once.Apply(x, 0))), 0, 1e-6);
    }

    [Fact]
    public void Half_precision_comes_out_as_it_came_in()
    {
        using var sae = RandomSae.Create(4, Width, Features, 6);
        using var x = RandomSae.Normal(new Random(5), 1, 5, Width).to(ScalarType.BFloat16);
        using var nothing = new SteeringEdit(sae, Percentile99, [new Steer(3, 0)]);
        using var result = nothing.Apply(x, 0);
        Assert.Equal(ScalarType.BFloat16, result.dtype);
        AssertSameBits(x.to(ScalarType.Float32), result.to(ScalarType.Float32));
    }

    [Fact]
    public void What_cannot_be_steered_is_refused()
    {
        using var sae = RandomSae.Create(4, Width, Features, 6);
        Assert.Contains("0 to 47", Message(() => Edit(sae, Percentile99, new Steer(48, 1))), StringComparison.Ordinal);
        Assert.Contains("not finite", Message(() => Edit(sae, Percentile99, new Steer(1, double.NaN))), StringComparison.Ordinal);
        Assert.Contains("never fired", Message(() => Edit(sae, _ => 0, new Steer(1, 1))), StringComparison.Ordinal);
        using var harmless = new SteeringEdit(sae, _ => 0, [new Steer(1, 1, SteerMode.Ablate)]);
        using var wide = zeros(2, Width + 1);
        Assert.Contains("another model", Message(() => harmless.Apply(wide, 0)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SteerRows.Both, true, true)]
    [InlineData(SteerRows.Conditional, true, false)]
    [InlineData(SteerRows.Unconditional, false, true)]
    public void Rows_choose_the_guidance_half(SteerRows rows, bool conditional, bool unconditional)
    {
        Assert.Equal(conditional, rows.Steers(conditional: true, guided: true));
        Assert.Equal(unconditional, rows.Steers(conditional: false, guided: true));
        // Without guidance only the conditional half is computed: steering the other one steers nothing, and is refused.
        Assert.Equal(rows != SteerRows.Unconditional, rows.Steers(conditional: true, guided: false));
        Assert.Equal(rows == SteerRows.Unconditional, Record.Exception(() => rows.RequireSteered(guided: false)) is UserException);
        rows.RequireSteered(guided: true);
    }

    private static void Edit(SparseAutoencoder sae, Func<int, double> percentile99, Steer steer) =>
        new SteeringEdit(sae, percentile99, [steer]).Dispose();

    private static string Message(Action action) => Assert.Throws<UserException>(action).Message;

    private static double Largest(Tensor difference) => difference.abs().max().ToDouble();

    private static void AssertSameBits(Tensor expected, Tensor actual) =>
        Assert.Equal(
            expected.contiguous().data<float>().ToArray().Select(BitConverter.SingleToInt32Bits),
            actual.contiguous().data<float>().ToArray().Select(BitConverter.SingleToInt32Bits));
}

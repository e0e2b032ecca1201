using System.Runtime.Intrinsics;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Decoding;

public class ErrorFunctionTests
{
    [Fact]
    public void It_is_within_a_unit_in_the_last_place_of_float64()
    {
        using var scope = NewDisposeScope();
        var x = cat([linspace(-6, 6, 80_001), linspace(-1e-3, 1e-3, 2_001)], 0);
        var values = TensorData.ToArray(x);
        var expected = x.to(ScalarType.Float64).erf().data<double>().ToArray();
        for (var start = 0; start + 8 <= values.Length; start += 8)
        {
            var erf = ErrorFunction.Of(Vector256.Create(values, start));
            for (var index = 0; index < 8; index++)
            {
                var exact = expected[start + index];
                var unit = MathF.BitIncrement(MathF.Abs((float)exact)) - MathF.Abs((float)exact);
                Assert.InRange(Math.Abs(erf[index] - exact), 0, 1.5 * unit);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(1003)]
    public void Gelu_is_the_exact_one_for_any_number_of_elements(int count)
    {
        using var scope = NewDisposeScope();
        var x = count == 1 ? ones(1) : linspace(-7, 7, count);
        var expected = nn.functional.gelu(x.to(ScalarType.Float64));
        var error = ErrorFunction.Gelu(x).to(ScalarType.Float64).sub(expected).abs().max().item<double>();
        Assert.InRange(error, 0, 1e-6);
    }
}

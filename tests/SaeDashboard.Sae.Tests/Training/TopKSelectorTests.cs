using SaeDashboard.Sae.Training;

namespace SaeDashboard.Sae.Tests.Training;

public sealed unsafe class TopKSelectorTests
{
    [Theory]
    [InlineData(2048, 32)]
    [InlineData(2048, 100)]
    [InlineData(1000, 7)]
    [InlineData(96, 8)]
    [InlineData(40, 40)]
    [InlineData(5, 2)]
    [InlineData(1, 1)]
    public void Chooses_what_sorting_chooses(int latents, int k)
    {
        var random = new Random(latents + k);
        var selector = new TopKSelector(latents, k);
        for (var trial = 0; trial < 300; trial++)
        {
            // Coarse values have many ties; a shift makes rows with few or no positive ones.
            var coarse = trial % 3 == 0;
            var shift = trial % 5 == 0 ? -3.0 : trial % 5 == 1 ? 3.0 : 0;
            var row = Enumerable.Range(0, latents).Select(_ => Value(random, coarse, shift)).ToArray();
            var bias = Enumerable.Range(0, latents).Select(_ => Value(random, coarse, 0)).ToArray();
            var sums = row.Zip(bias, (a, b) => a + b).ToArray();
            var expected = Enumerable.Range(0, latents).Where(j => sums[j] > 0)
                .OrderByDescending(j => sums[j]).ThenBy(j => j).Take(k).Order().ToArray();

            var chosen = new int[k];
            var values = new float[k];
            int count;
            fixed (float* r = row, b = bias, v = values)
            fixed (int* c = chosen)
                count = selector.Choose(r, b, c, v);

            Assert.Equal(expected, chosen[..count]);
            Assert.Equal(expected.Select(j => sums[j]), values[..count]);
            Assert.Equal(sums, row);
        }
    }

    [Fact]
    public void Ends_on_what_is_not_a_number()
    {
        var selector = new TopKSelector(256, 8);
        var row = new float[256];
        Array.Fill(row, float.NaN);
        var (bias, chosen, values) = (new float[256], new int[8], new float[8]);
        fixed (float* r = row, b = bias, v = values)
        fixed (int* c = chosen)
            Assert.InRange(selector.Choose(r, b, c, v), 0, 8);
    }

    private static float Value(Random random, bool coarse, double shift)
    {
        var value = 4 * random.NextDouble() - 2 + shift;
        return (float)(coarse ? Math.Round(value) : value);
    }
}

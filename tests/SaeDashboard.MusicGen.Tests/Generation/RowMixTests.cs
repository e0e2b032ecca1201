using SaeDashboard.Core;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Tests.Codec;
using SaeDashboard.MusicGen.Tests.Support;

namespace SaeDashboard.MusicGen.Tests.Generation;

/// <summary>Whatever rows share a request, each gives the bits it gives alone. Alone, since other tests change the number of threads.</summary>
[Collection(nameof(CodecMemoryTests.Alone))]
public class RowMixTests
{
    [Fact]
    public void Each_row_of_twenty_random_mixes_gives_the_codes_it_gives_alone()
    {
        var golden = GoldenModel.Get("mono");
        var generator = new Generator(golden.Model);
        var given = golden.Codes("codes");
        var random = new Random(20);
        var seen = new HashSet<string>();
        for (var mix = 0; mix < 20; mix++)
        {
            var frames = random.Next(1, 48);
            var windows = mix % 4 == 3 ? new WindowSettings(16, 9) : null;
            GenerationRow Row()
            {
                var row = new GenerationRow
                {
                    Prompt = random.Next(4) switch { 0 => null, 1 => "", var which => golden.Prompts[(which + random.Next(4)) % golden.Prompts.Count] },
                    Seed = (ulong)random.NextInt64(),
                    Sample = random.Next(3),
                    Continue = random.Next(3) == 0 ? given.Slice(random.Next(5), random.Next(1, Math.Min(30, frames) + 1)) : null,
                    Sampling = new SamplingSettings(
                        random.Next(3) == 0 ? 1 : 1 + 4 * random.NextDouble(),
                        0.5 + random.NextDouble(),
                        random.Next(2) == 0 ? 0 : random.Next(1, 64),
                        random.Next(2) == 0 ? 1 : 0.2 + 0.8 * random.NextDouble(),
                        random.Next(5) == 0),
                };
                seen.Add($"{row.Prompt?.Length.ToString() ?? "null"} {row.Sampling.Guidance > 1} {row.Sampling.Greedy} {row.Continue is not null}");
                return row;
            }
            GenerationRow[] rows = [.. Enumerable.Range(0, random.Next(2, 13)).Select(_ => Row())];
            var together = generator.Generate(rows, frames, windows: windows, cancellationToken: TestContext.Current.CancellationToken).Codes;
            for (var row = 0; row < rows.Length; row++)
            {
                var alone = generator.Generate([rows[row]], frames, windows: windows, cancellationToken: TestContext.Current.CancellationToken).Codes[0];
                Assert.True(alone.ContentEquals(together[row]), $"Mix {mix}, row {row} of {rows.Length}: {rows[row]}");
            }
        }
        Assert.True(seen.Count >= 20, $"The mixes hold only {seen.Count} kinds of rows.");
    }

    [Fact]
    public void Sixty_four_rows_of_both_halves_give_what_each_gives_alone()
    {
        var golden = GoldenModel.Get("mono");
        var generator = new Generator(golden.Model);
        GenerationRow[] rows = [.. Enumerable.Range(0, 64).Select(index => new GenerationRow { Prompt = golden.Prompts[index % 4], Seed = (ulong)index })];
        var together = generator.Make(12, rows);
        Assert.Equal(64, together.Select(codes => codes.ToBase64()).Distinct().Count());
        foreach (var index in new[] { 0, 31, 32, 63 })
            Assert.Equal(generator.Make(12, rows[index])[0].Values.ToArray(), together[index].Values.ToArray());
    }

    [Fact]
    public void What_no_memory_holds_is_refused_before_it_is_asked_for()
    {
        var generator = new Generator(GoldenModel.Get("mono").Model);
        var rows = Enumerable.Repeat(new GenerationRow(), 2000).ToArray();
        var error = Assert.Throws<UserException>(() => generator.Start(rows, 900_000, new WindowSettings(900_000, 1)));
        Assert.Contains("fewer rows", error.Message);
        Assert.Contains("GB", error.Message);
        Assert.Contains("at most", Assert.Throws<UserException>(() => generator.Start([new GenerationRow()], int.MaxValue)).Message);
        Assert.Contains("at least one row", Assert.Throws<UserException>(() => generator.Start([], 10)).Message);
    }
}

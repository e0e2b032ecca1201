using SaeDashboard.Core.Data;

namespace SaeDashboard.Core.Tests.Data;

public sealed class CodeGridTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Base64_is_int16_row_by_codebook()
    {
        var grid = new CodeGrid(2, 3);
        for (var i = 0; i < 6; i++) grid[i / 3, i % 3] = 258 * i;
        Assert.Equal(Convert.ToBase64String([0, 0, 2, 1, 4, 2, 6, 3, 8, 4, 10, 5]), grid.ToBase64());
        var back = CodeGrid.FromBase64(grid.ToBase64(), 2);
        Assert.True(grid.ContentEquals(back));
        Assert.Equal(258 * 4, back[1, 1]);
        Assert.False(grid.ContentEquals(CodeGrid.FromBase64(grid.ToBase64(), 3)));
        back[1, 2] = 0;
        Assert.False(grid.ContentEquals(back));
    }

    [Theory]
    [InlineData("not base64!", 2)]
    [InlineData("AAAA", 2)]
    [InlineData("AAAAAAA=", 2)]
    [InlineData("AAAA//8=", 2)]
    public void Bad_base64_is_a_persons_error(string text, int codebooks) =>
        Assert.Throws<UserException>(() => CodeGrid.FromBase64(text, codebooks));

    [Fact]
    public void Json_is_one_list_a_codebook()
    {
        var grid = Random(4, 50);
        grid.WriteJson(folder["a.json"]);
        Assert.True(grid.ContentEquals(CodeGrid.ReadJson(folder["a.json"])));
        var small = CodeGrid.FromValues([1, 2, 3, 4], 2);
        small.WriteJson(folder["b.json"]);
        Assert.Equal("[\n[1,2],\n[3,4]\n]\n", File.ReadAllText(folder["b.json"]));
        new CodeGrid(4, 0).WriteJson(folder["c.json"]);
        Assert.Equal(0, CodeGrid.ReadJson(folder["c.json"]).Frames);
    }

    [Theory]
    [InlineData("[]", "no codebook")]
    [InlineData("[[1,2],[3]]", "codebook 1 has 1 frames")]
    [InlineData("[[1,2],null]", "codebook 1")]
    [InlineData("[null,null]", "codebook 0")]
    [InlineData("[[1,-2]]", "codebook 0, frame 1: -2")]
    [InlineData("[[1,40000]]", "40000")]
    [InlineData("[[1,2.5]]", "line 1")]
    [InlineData("{\"codes\":[[1]]}", "line 1")]
    public void Bad_json_is_a_persons_error(string json, string expected)
    {
        File.WriteAllText(folder["a.json"], json);
        var error = Assert.Throws<UserException>(() => CodeGrid.ReadJson(folder["a.json"]));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(folder["a.json"], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slice_is_a_copy_of_its_frames()
    {
        var grid = Random(3, 20);
        var slice = grid.Slice(5, 7);
        for (var codebook = 0; codebook < 3; codebook++)
        {
            for (var frame = 0; frame < 7; frame++) Assert.Equal(grid[codebook, 5 + frame], slice[codebook, frame]);
        }
        slice[0, 0] = 1 - Math.Min(1, slice[0, 0]);
        Assert.NotEqual(grid[0, 5], slice[0, 0]);
        Assert.Equal(0, grid.Slice(20, 0).Frames);
        Assert.Throws<ArgumentOutOfRangeException>(() => grid.Slice(15, 6));
        Assert.Throws<ArgumentOutOfRangeException>(() => grid.Slice(-1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => grid.Slice(1, int.MaxValue));
    }

    [Fact]
    public void Places_and_codes_are_checked()
    {
        var grid = new CodeGrid(2, 3);
        Assert.Throws<ArgumentOutOfRangeException>(() => grid[0, 3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => grid[2, 0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => grid[0, -1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => grid[0, 0] = -1);
        Assert.Throws<ArgumentOutOfRangeException>(() => grid[0, 0] = 32768);
        Assert.Throws<ArgumentException>(() => CodeGrid.FromValues([1, 2, 3], 2));
        Assert.Throws<ArgumentException>(() => CodeGrid.FromValues([1, -2], 2));
    }

    private static CodeGrid Random(int codebooks, int frames)
    {
        var random = new Random(11);
        var grid = new CodeGrid(codebooks, frames);
        for (var i = 0; i < codebooks * frames; i++) grid[i / frames, i % frames] = random.Next(2048);
        return grid;
    }

    [Fact]
    public void The_first_column_that_differs_is_found_in_any_codebook()
    {
        var grid = new CodeGrid(4, 20);
        var other = new CodeGrid(4, 20);
        Assert.Null(grid.FirstDifference(other));
        other[0, 17] = 1;
        Assert.Equal(17, grid.FirstDifference(other));
        other[3, 5] = 1;
        Assert.Equal(5, grid.FirstDifference(other));
        Assert.Equal(3, grid.FirstDifference(other.Slice(0, 3)));
        Assert.Equal(12, grid.Slice(0, 12).FirstDifference(grid));
        Assert.Throws<ArgumentException>(() => grid.FirstDifference(new CodeGrid(2, 20)));
    }
}

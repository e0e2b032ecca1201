using SaeDashboard.Clap.Audio;

namespace SaeDashboard.Clap.Tests;

/// <summary>Windows by their meaning: which patches are near each other in the square, seen from the square and not from its rolled copy.</summary>
public sealed class AttentionWindowTests
{
    [Theory]
    [InlineData(16, 8, 0)]
    [InlineData(16, 8, 4)]
    [InlineData(12, 4, 2)]
    [InlineData(8, 8, 0)]
    public void Every_patch_has_one_place_and_comes_back_to_its_own(int side, int window, int shift)
    {
        var windows = new AttentionWindows(side, window, shift);
        var (to, from) = (windows.ToWindows(), windows.FromWindows());
        Assert.Equal(Enumerable.Range(0, side * side).Select(patch => (long)patch), to.Order());
        for (var patch = 0; patch < to.Length; patch++) Assert.Equal(patch, to[from[patch]]);
        Assert.Equal(shift == 0, windows.Mask() is null);
    }

    /// <summary>Patches of a window attend to each other unless rolling brought them together from opposite edges: then they are further apart
    /// than a window is long.</summary>
    [Theory]
    [InlineData(16, 8, 4)]
    [InlineData(12, 4, 2)]
    [InlineData(12, 6, 3)]
    public void The_mask_parts_patches_of_opposite_edges(int side, int window, int shift)
    {
        var windows = new AttentionWindows(side, window, shift);
        var (order, mask, patches) = (windows.ToWindows(), windows.Mask()!, windows.Patches);
        var parted = 0;
        for (var index = 0; index < mask.Length; index++)
        {
            var (cell, key) = (index / patches, index % patches);
            var (query, other) = (order[cell], order[cell / patches * patches + key]);
            var apart = Math.Abs(query / side - other / side) >= window || Math.Abs(query % side - other % side) >= window;
            Assert.Equal(apart ? -100 : 0, mask[index]);
            if (apart) parted++;
        }
        Assert.InRange(parted, 1, mask.Length - 1);
    }

    [Fact]
    public void Equal_offsets_share_a_row_of_the_table()
    {
        var windows = new AttentionWindows(8, 4, 0);
        var rows = windows.RelativePositions();
        var offsets = new Dictionary<(int, int), long>();
        for (var query = 0; query < 16; query++)
        {
            for (var key = 0; key < 16; key++)
            {
                var offset = (query / 4 - key / 4, query % 4 - key % 4);
                if (!offsets.TryAdd(offset, rows[query * 16 + key])) Assert.Equal(offsets[offset], rows[query * 16 + key]);
            }
        }
        Assert.Equal(Enumerable.Range(0, 49).Select(row => (long)row), offsets.Values.Order());
        // The table begins with the key furthest below and to the right.
        Assert.Equal(0, rows[15]);
    }
}

using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Tests.Training;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Activations;

public class ActivationStoreTests
{
    [Theory]
    [InlineData(ActivationDType.Float32, 0)]
    [InlineData(ActivationDType.Float16, 5e-4)]
    [InlineData(ActivationDType.BFloat16, 4e-3)]
    public void What_is_written_is_read_in_its_precision(ActivationDType dtype, double relative)
    {
        using var scope = NewDisposeScope();
        using var folder = TestFolders.Temporary();
        var clips = Enumerable.Range(0, 5).Select(_ => randn(7, 12).Mul(30)).ToArray();
        using (var writer = ActivationStoreWriter.Create(folder.In("a"), SyntheticActivations.Source(7, 12, dtype), clips.Length))
        {
            for (var i = 0; i < clips.Length; i++)
                writer.Append(10 + i, "sae-train", clips[i], $"c{i}");
            writer.Complete();
        }

        using var store = ActivationStore.Open(folder.In("a"));
        Assert.Equal((5, 7, 12, 35L), (store.ClipCount, store.ColumnsPerClip, store.Width, store.ColumnCount));
        for (var i = 0; i < clips.Length; i++)
        {
            var (clip, columns) = store.Clip(i);
            Assert.Equal(new ActivationClip(10 + i, $"c{i}", "sae-train"), clip);
            Assert.True(columns.sub(clips[i]).abs().le(clips[i].abs().Mul(relative)).all().item<bool>());
            var one = new float[12];
            store.Copy(i, 3, one);
            Assert.Equal(TensorData.AsSpan(columns).Slice(36, 12).ToArray(), one);
        }
    }

    [Fact]
    public void Columns_that_are_not_there_cannot_be_read()
    {
        using var folder = TestFolders.Temporary();
        using var store = SyntheticActivations.Make(folder.In("a"), 2, 8, 4);
        Assert.Throws<ArgumentOutOfRangeException>(() => store.Copy(1, 7, new float[8]));
        Assert.Throws<ArgumentOutOfRangeException>(() => store.Copy(0, -1, new float[4]));
    }

    [Fact]
    public void What_was_not_completed_is_not_there()
    {
        using var folder = TestFolders.Temporary();
        using (var writer = ActivationStoreWriter.Create(folder.In("a"), SyntheticActivations.Source(8, 4), 2))
        {
            using var columns = zeros(8, 4);
            writer.Append(0, "sae-train", columns);
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
        AssertRefused("collect", () => ActivationStore.Open(folder.In("a")));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void What_is_not_finite_is_refused_with_the_clip(float value)
    {
        using var scope = NewDisposeScope();
        using var folder = TestFolders.Temporary();
        using var writer = ActivationStoreWriter.Create(folder.In("a"), SyntheticActivations.Source(8, 4), 1);
        var columns = zeros(8, 4);
        TensorData.AsSpan(columns)[5 * 4 + 2] = value;
        var message = Assert.Throws<UserException>(() => writer.Append(3, "sae-train", columns, "clip-17")).Message;
        Assert.Contains("clip-17", message, StringComparison.Ordinal);
        Assert.Contains("column 6, dimension 2", message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_float16_cannot_hold_is_refused_with_the_way_out()
    {
        using var scope = NewDisposeScope();
        using var folder = TestFolders.Temporary();
        using var writer = ActivationStoreWriter.Create(folder.In("a"), SyntheticActivations.Source(8, 4, ActivationDType.Float16), 1);
        AssertRefused("bfloat16", () => writer.Append(0, "sae-train", full([8, 4], 70000f)));
    }

    [Fact]
    public void More_than_the_disk_holds_is_refused_before_anything_is_written()
    {
        using var folder = TestFolders.Temporary();
        var source = SyntheticActivations.Source(1 << 20, 1 << 12);
        var message = Assert.Throws<UserException>(() => ActivationStoreWriter.Create(folder.In("a"), source, int.MaxValue)).Message;
        Assert.Contains("GB", message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_truncated_shard_is_named()
    {
        using var folder = Stored();
        var shard = folder.In("a", "shard-00000.bin");
        File.WriteAllBytes(shard, File.ReadAllBytes(shard)[..^1]);
        AssertRefused(folder, "shard-00000.bin");
    }

    [Fact]
    public void A_missing_shard_is_named()
    {
        using var folder = Stored();
        File.Delete(folder.In("a", "shard-00000.bin"));
        AssertRefused(folder, "shard-00000.bin");
    }

    [Theory]
    [InlineData("{}", "manifest.json")]
    [InlineData("{\n\"schemaVersion\": 1,\n", "manifest.json line")]
    [InlineData("[]", "manifest.json")]
    public void A_foreign_manifest_is_named(string text, string expected)
    {
        using var folder = Stored();
        File.WriteAllText(folder.In("a", "manifest.json"), text);
        AssertRefused(folder, expected);
    }

    [Theory]
    [InlineData("schemaVersion", "2", "schemaVersion 2")]
    [InlineData("clips", "[]", "nothing to read")]
    [InlineData("shards", "[]", "its shards hold 0")]
    [InlineData("shards", """[{"file": "../x.bin", "clips": 3, "byteLength": 384, "sha256": ""}]""", "../x.bin")]
    [InlineData("shards", """[{"file": "shard-00000.bin", "clips": 3, "byteLength": 100, "sha256": ""}]""", "cannot hold 3 clips")]
    public void A_manifest_that_contradicts_itself_is_refused(string member, string value, string expected)
    {
        using var folder = Stored();
        var path = folder.In("a", "manifest.json");
        var manifest = JsonNode.Parse(File.ReadAllText(path))!;
        manifest[member] = JsonNode.Parse(value);
        File.WriteAllText(path, manifest.ToJsonString());
        AssertRefused(folder, expected);
    }

    private static TestFolders.TemporaryFolder Stored()
    {
        var folder = TestFolders.Temporary();
        SyntheticActivations.Make(folder.In("a"), 3, 8, 4).Dispose();
        return folder;
    }

    private static void AssertRefused(TestFolders.TemporaryFolder folder, string expected) =>
        AssertRefused(expected, () => ActivationStore.Open(folder.In("a")));

    private static void AssertRefused(string expected, Action action) =>
        Assert.Contains(expected, Assert.Throws<UserException>(action).Message, StringComparison.Ordinal);
}

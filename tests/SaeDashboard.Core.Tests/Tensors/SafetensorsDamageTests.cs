using System.Text;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Tests.Tensors;

/// <summary>Whatever is wrong with a file, the answer is an error for a person, or a file that can be read.</summary>
public sealed class SafetensorsDamageTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Cut_anywhere_it_is_refused_and_the_message_says_so()
    {
        var whole = Sample();
        for (var length = 0; length < whole.Length; length++)
        {
            var error = Refused(whole[..length]);
            Assert.Contains("incomplete", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Any_changed_byte_of_the_head_is_refused_or_harmless()
    {
        var whole = Sample();
        var head = 8 + (int)BitConverter.ToInt64(whole);
        var refused = 0;
        for (var at = 0; at < head; at++)
        {
            foreach (var value in new byte[] { 0, (byte)'0', (byte)'9', (byte)'"', (byte)'}', (byte)' ', (byte)'-', 0x80, 0xFF })
            {
                var changed = (byte[])whole.Clone();
                changed[at] = value;
                if (!TryRead(changed)) refused++;
            }
        }
        Assert.True(refused > head * 4, $"{refused} refused");
    }

    [Fact]
    public void Random_damage_never_ends_in_another_exception()
    {
        var whole = Sample();
        var head = 8 + (int)BitConverter.ToInt64(whole);
        var random = new Random(7);
        for (var round = 0; round < 1500; round++)
        {
            var changed = whole[..random.Next(whole.Length / 2, whole.Length + 1)];
            for (var n = random.Next(1, 8); n > 0; n--) changed[random.Next(Math.Min(head, changed.Length))] = (byte)random.Next(256);
            TryRead(changed);
        }
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}}""",
        1, "named 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""",
        3, "'b' overlaps")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}""",
        3, "'b' leaves")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5, "belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "'a': shape [2] of F32 does not fill its 4 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "does not fill")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "'a': shape is not a list")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "shape is not a list")]
    [InlineData("""{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", 4, "shape is not a list")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "data_offsets is not")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", 4, "data_offsets is not")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775803,9223372036854775807]}}""", 4, "data_offsets is not")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,99999999999999999999]}}""", 4, "data_offsets is not a list")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}""", 1, "dtype F8_E4M3")]
    [InlineData("""{"a":{"dtype":7,"shape":[1],"data_offsets":[0,1]}}""", 1, "dtype is not a string")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "is duplicated")]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,1]}}""", 1, "is missing")]
    [InlineData("""{"a":[]}""", 0, "not an object")]
    [InlineData("""{"__metadata__":{"x":1}}""", 0, "'x' of __metadata__")]
    [InlineData("""{"__metadata__":{"x":"1","x":"2"}}""", 0, "'x' of __metadata__")]
    [InlineData("""{"__metadata__":[]}""", 0, "__metadata__ is not")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "two __metadata__")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 0, "damaged")]
    [InlineData("""{"a":{{{{{{{{{{{{""", 0, "damaged")]
    [InlineData("""[["not an object"]]""", 0, "not JSON")]
    public void What_is_wrong_is_named(string header, int dataBytes, string expected)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var error = Refused([.. BitConverter.GetBytes((long)json.Length), .. json, .. new byte[dataBytes]]);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(folder["damaged"], error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(100_000_001ul)]
    [InlineData(1ul << 63)]
    [InlineData(0ul)]
    public void A_header_length_out_of_all_proportion_is_refused(ulong length) =>
        Refused([.. BitConverter.GetBytes(length), .. new byte[100]]);

    [Fact]
    public void Other_kinds_of_files_are_refused()
    {
        Refused("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"u8.ToArray());
        Refused(Encoding.ASCII.GetBytes("<!DOCTYPE html><html><body>Not found</body></html>"));
        var missing = Assert.Throws<UserException>(() => SafetensorsFile.Open(folder["none"]));
        Assert.Contains("does not exist", missing.Message, StringComparison.Ordinal);
        Assert.Throws<UserException>(() => SafetensorsFile.Open(folder.Path));
    }

    [Fact]
    public void A_file_without_tensors_is_whole()
    {
        File.WriteAllBytes(folder["empty"], [2, 0, 0, 0, 0, 0, 0, 0, .. "{}"u8]);
        using var file = SafetensorsFile.Open(folder["empty"]);
        Assert.Empty(file.Entries);
        Assert.Contains("it has none", Assert.Throws<UserException>(() => file.Entry("x")).Message, StringComparison.Ordinal);
    }

    private byte[] Sample()
    {
        var writer = new SafetensorsWriter();
        writer.Add("decoder.weight", Enumerable.Range(0, 12).Select(i => (float)i).ToArray(), 3, 4);
        writer.Add("codes", [(short)1, (short)2, (short)3], 1, 3);
        writer.Add("ü", [7L], 1);
        writer.Metadata["format"] = "pt";
        writer.Save(folder["sample"]);
        return File.ReadAllBytes(folder["sample"]);
    }

    private UserException Refused(byte[] bytes)
    {
        File.WriteAllBytes(folder["damaged"], bytes);
        return Assert.Throws<UserException>(() => SafetensorsFile.Open(folder["damaged"]));
    }

    // Opens the file and touches every byte of every tensor.
    private bool TryRead(byte[] bytes)
    {
        File.WriteAllBytes(folder["damaged"], bytes);
        try
        {
            using var file = SafetensorsFile.Open(folder["damaged"]);
            var sum = 0;
            foreach (var name in file.Entries.Keys)
            {
                foreach (var value in file.Bytes(name)) sum += value;
            }
            return sum >= 0;
        }
        catch (UserException)
        {
            return false;
        }
    }
}

using System.Runtime.InteropServices;
using System.Text;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Tests.Tensors;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_type_comes_back()
    {
        var writer = new SafetensorsWriter();
        writer.Add("f32", [1f, -2.5f, float.NaN, float.NegativeInfinity, 1e-45f, 0f], 2, 3);
        writer.Add("f64", [Math.PI, -1e300], 2);
        writer.Add("i64", [long.MinValue, long.MaxValue], 2, 1);
        writer.Add("i32", [int.MinValue, 7], 2);
        writer.Add("i16", [short.MinValue, (short)9, (short)-1], 3);
        writer.Add("u8", (ReadOnlySpan<byte>)[0, 255, 7], 3);
        writer.Add("i8", TensorDType.Int8, new byte[] { 0x80, 1 }, 2);
        writer.Add("bool", TensorDType.Bool, new byte[] { 0, 1, 1 }, 3);
        writer.Add("scalar", [42f]);
        writer.Add("empty", ReadOnlySpan<float>.Empty, 0, 5);
        writer.Metadata["format"] = "pt";
        writer.Metadata["Größe \"x\""] = "…";
        writer.Save(folder["a.safetensors"]);

        using var file = SafetensorsFile.Open(folder["a.safetensors"]);
        Assert.Equal(10, file.Entries.Count);
        Assert.Equal([2L, 3L], file.Entries["f32"].Shape);
        Assert.Equal(6, file.Entries["f32"].ElementCount);
        Assert.Equal([1f, -2.5f, float.NaN, float.NegativeInfinity, 1e-45f, 0f], file.ReadFloat32("f32"));
        Assert.Equal([(float)Math.PI, float.NegativeInfinity], file.ReadFloat32("f64"));
        Assert.Equal([Math.PI, -1e300], MemoryMarshal.Cast<byte, double>(file.Bytes("f64")).ToArray());
        Assert.Equal([long.MinValue, long.MaxValue], file.ReadInt64("i64"));
        Assert.Equal([int.MinValue, 7], file.ReadInt32("i32"));
        Assert.Equal([short.MinValue, 9, -1], file.ReadInt16("i16"));
        Assert.Equal([0, 255, 7], file.ReadUInt8("u8"));
        Assert.Equal([0x80, 1], file.Bytes("i8").ToArray());
        Assert.Equal([0, 1, 1], file.ReadUInt8("bool"));
        Assert.Equal([42f], file.ReadFloat32("scalar"));
        Assert.Empty(file.Entries["scalar"].Shape);
        Assert.Empty(file.ReadFloat32("empty"));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal("…", file.Metadata["Größe \"x\""]);
        Assert.All(file.Entries.Values, entry => Assert.Equal(0, entry.Offset % entry.DType.Size()));
    }

    [Fact]
    public void Every_half_and_bfloat16_converts_exactly()
    {
        var bits = Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray();
        var bytes = MemoryMarshal.AsBytes(bits.AsSpan()).ToArray();
        var writer = new SafetensorsWriter();
        writer.Add("half", TensorDType.Float16, bytes, 65536);
        writer.Add("brain", TensorDType.BFloat16, bytes, 65536);
        writer.Save(folder["a.safetensors"]);
        using var file = SafetensorsFile.Open(folder["a.safetensors"]);
        var half = file.ReadFloat32("half");
        var brain = file.ReadFloat32("brain");
        for (var i = 0; i < bits.Length; i++)
        {
            Assert.Equal(HalfByHand(bits[i]), (double)half[i]);
            Assert.Equal((uint)i << 16, BitConverter.SingleToUInt32Bits(brain[i]));
            if (!float.IsNaN(brain[i])) Assert.Equal(bits[i], FloatFormats.ToBFloat16(brain[i]));
        }
    }

    [Theory]
    [InlineData(0x3F808000u, 0x3F80)] // a tie goes to the even neighbour below
    [InlineData(0x3F818000u, 0x3F82)] // … and above
    [InlineData(0x3F808001u, 0x3F81)]
    [InlineData(0x7F7FFFFFu, 0x7F80)] // the largest float rounds to infinity
    [InlineData(0x7F800001u, 0x7FC0)] // NaN stays NaN
    public void Rounding_to_bfloat16_is_to_nearest_even(uint bits, int expected) =>
        Assert.Equal(expected, FloatFormats.ToBFloat16(BitConverter.UInt32BitsToSingle(bits)));

    [Fact]
    public void The_same_tensors_give_the_same_bytes_whatever_the_order()
    {
        var one = new SafetensorsWriter();
        one.Add("b", [1f, 2f], 2);
        one.Add("a", [3f], 1);
        one.Add("z", [1L], 1);
        one.Metadata["y"] = "1";
        one.Metadata["x"] = "2";
        one.Save(folder["one"]);
        var two = new SafetensorsWriter();
        two.Metadata["x"] = "2";
        two.Metadata["y"] = "1";
        two.AddStreamed("z", TensorDType.Int64, stream => stream.Write([1, 0, 0, 0, 0, 0, 0, 0]), 1);
        two.Add("a", [3f], 1);
        two.Add("b", [1f, 2f], 2);
        two.Save(folder["two"]);
        var bytes = File.ReadAllBytes(folder["one"]);
        Assert.Equal(bytes, File.ReadAllBytes(folder["two"]));
        Assert.Equal(0, BitConverter.ToInt64(bytes) % 8);
        var header = Encoding.UTF8.GetString(bytes, 8, (int)BitConverter.ToInt64(bytes)).TrimEnd();
        Assert.Equal(
            """{"__metadata__":{"x":"2","y":"1"},"z":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}""" +
            ""","a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]}}""",
            header);
    }

    [Fact]
    public void The_writer_refuses_what_does_not_fit()
    {
        var writer = new SafetensorsWriter();
        writer.Add("a", [1f], 1);
        Assert.Throws<ArgumentException>(() => writer.Add("a", [1f], 1));
        Assert.Throws<ArgumentException>(() => writer.Add("b", [1f], 2));
        Assert.Throws<ArgumentException>(() => writer.Add("c", TensorDType.Float16, new byte[3], 1));
        Assert.Throws<ArgumentException>(() => writer.Add("d", [1f], -1, -1));
        Assert.Throws<ArgumentException>(() => writer.Add("__metadata__", [1f], 1));
        writer.AddStreamed("e", TensorDType.Float32, stream => stream.WriteByte(1), 1);
        Assert.Throws<InvalidOperationException>(() => writer.Save(folder["a"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Wrong_names_and_types_say_which_and_what_there_is()
    {
        var writer = new SafetensorsWriter();
        writer.Add("W_enc", [1f, 2f], 1, 2);
        writer.Save(folder["a"]);
        using var file = SafetensorsFile.Open(folder["a"]);
        var missing = Assert.Throws<UserException>(() => file.ReadFloat32("W_dec"));
        Assert.Contains("no tensor 'W_dec'; it has W_enc", missing.Message, StringComparison.Ordinal);
        var error = Assert.Throws<UserException>(() => file.ReadInt16("W_enc"));
        Assert.Contains("'W_enc' is F32 [1, 2]; expected I16", error.Message, StringComparison.Ordinal);
        Assert.False(file.Contains("W_dec"));
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Bytes("W_enc"));
    }

    private static double HalfByHand(ushort bits)
    {
        int exponent = (bits >> 10) & 31, fraction = bits & 1023;
        var magnitude = exponent switch
        {
            0 => fraction * Math.Pow(2, -24),
            31 => fraction == 0 ? double.PositiveInfinity : double.NaN,
            _ => (1024 + fraction) * Math.Pow(2, exponent - 25),
        };
        return (bits & 0x8000) != 0 ? -magnitude : magnitude;
    }
}

using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Sae.Tests.Activations;

/// <summary>Records of 16 bits become float32 exactly: every number there is, against the framework's own conversion.</summary>
public unsafe class ColumnRecordTests
{
    // An odd count: the vectors' tail is used too.
    private static readonly ushort[] All = [.. Enumerable.Range(0, 65536).Select(bits => (ushort)bits), 0x3C01, 0x0001, 0xC000];

    [Fact]
    public void Every_half()
    {
        AssertSame(ActivationDType.Float16, bits => (float)BitConverter.UInt16BitsToHalf(bits));
    }

    [Fact]
    public void Every_bfloat16()
    {
        AssertSame(ActivationDType.BFloat16, bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));
    }

    [Theory, InlineData(ActivationDType.Float32), InlineData(ActivationDType.Float16), InlineData(ActivationDType.BFloat16)]
    public void Scaling_is_what_it_is_one_by_one(ActivationDType type)
    {
        const int Width = 37;
        var random = new Random(2);
        var records = new byte[Width * ColumnRecords.Bytes(type)];
        var (raw, scaled) = (new float[Width], new float[Width]);
        var mean = Enumerable.Range(0, Width).Select(_ => (float)random.NextDouble() * 3).ToArray();
        for (var i = 0; i < Width; i++)
        {
            var value = (float)random.NextDouble() * 5 - 2;
            byte[] bytes = type == ActivationDType.Float32 ? BitConverter.GetBytes(value)
                : type == ActivationDType.Float16 ? BitConverter.GetBytes((Half)value) : BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
            bytes.CopyTo(records, i * bytes.Length);
        }
        fixed (byte* from = records)
        fixed (float* plain = raw, to = scaled, centre = mean)
        {
            ColumnRecords.Convert(type, from, plain, Width);
            ColumnRecords.Scale(type, from, to, Width, centre, 0.37f);
        }
        new ColumnScaling(mean, 0.37f).Apply(raw);
        Assert.Equal(raw, scaled);
        Assert.Contains(scaled, value => value != 0);
    }

    private static void AssertSame(ActivationDType type, Func<ushort, float> expected)
    {
        var values = new float[All.Length];
        fixed (ushort* from = All)
        fixed (float* to = values)
            ColumnRecords.Convert(type, (byte*)from, to, All.Length);
        for (var i = 0; i < All.Length; i++)
        {
            var wanted = expected(All[i]);
            var same = float.IsNaN(wanted) ? float.IsNaN(values[i]) : BitConverter.SingleToInt32Bits(wanted) == BitConverter.SingleToInt32Bits(values[i]);
            Assert.True(same, $"0x{All[i]:X4}: {values[i]} instead of {wanted}");
        }
    }
}

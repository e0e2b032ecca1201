using System.Runtime.InteropServices;
using System.Text;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Core.TorchFiles;

namespace SaeDashboard.Core.Tests.TorchFiles;

/// <summary>Files that torch wrote are read, and what we write is what torch writes.</summary>
public sealed class TorchFileTests : IDisposable
{
    private static readonly string Golden = Path.Combine(Repository.Root, "tests", "SaeDashboard.Sae.Tests", "Golden", "dictionary_learning");
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Files => [.. Directory.GetDirectories(Golden).Select(path => Path.GetFileName(path)!).Order()];

    public void Dispose() => folder.Dispose();

    [Theory, MemberData(nameof(Files))]
    public void A_file_of_torch_written_again_has_the_same_bytes_but_for_its_serial_number(string name)
    {
        var path = Path.Combine(Golden, name, "ae.pt");
        using (var file = TorchFile.Open(path))
        {
            // Tensors stand in the order of the pickle, and storages are numbered in that order.
            var tensors = file.Tensors.OrderBy(entry => int.Parse(entry.Value.StorageKey, System.Globalization.CultureInfo.InvariantCulture));
            TorchFileWriter.Save(folder["ae.pt"], [.. tensors.Select(entry => new TorchTensorData(
                entry.Key, entry.Value.DType, [.. entry.Value.Shape], [.. entry.Value.Strides], file.StorageBytes(entry.Value)))]);
        }

        var (theirs, ours) = (File.ReadAllBytes(path), File.ReadAllBytes(folder["ae.pt"]));
        Assert.Equal(theirs.Length, ours.Length);
        Blank(theirs);
        Blank(ours);
        Assert.True(theirs.AsSpan().SequenceEqual(ours), $"they differ from byte {theirs.AsSpan().CommonPrefixLength(ours)} on");
    }

    [Fact]
    public void Strides_are_honoured()
    {
        // Storage 0..23; [2, 3, 2] with strides (1, 4, 2) from element 5 on.
        var storage = MemoryMarshal.AsBytes<float>([.. Enumerable.Range(0, 24).Select(i => (float)i)]).ToArray();
        PickleAssembler.SaveZip(folder["a.pt"], [("a/data.pkl", new PickleAssembler().Op("}").Text("a").Tensor([2, 3, 2], [1, 4, 2], 24, 5).Op("s").Bytes), ("a/data/0", storage)]);
        using var file = TorchFile.Open(folder["a.pt"]);
        var expected = from i in Enumerable.Range(0, 2) from j in Enumerable.Range(0, 3) from k in Enumerable.Range(0, 2) select (float)(5 + i + 4 * j + 2 * k);
        Assert.Equal(expected, file.ReadFloat32("a"));
    }

    [Fact]
    public void Every_floating_type_whole_numbers_and_single_numbers_are_read()
    {
        float[] values = [0, 1.5f, -2.25f, 65504];
        TorchFileWriter.Save(folder["types.pt"],
        [
            new("double", TensorDType.Float64, [4], [1], MemoryMarshal.AsBytes<double>([.. values.Select(value => (double)value)]).ToArray()),
            new("float", TensorDType.Float32, [2, 2], [1, 2], MemoryMarshal.AsBytes<float>(values).ToArray()),
            new("half", TensorDType.Float16, [4], [1], MemoryMarshal.AsBytes<Half>([.. values.Select(value => (Half)value)]).ToArray()),
            new("brain", TensorDType.BFloat16, [3], [1], MemoryMarshal.AsBytes<ushort>([.. values[..3].Select(FloatFormats.ToBFloat16)]).ToArray()),
            new("long", TensorDType.Int64, [2], [1], MemoryMarshal.AsBytes<long>([7, -8L]).ToArray()),
            new("one", TensorDType.Int32, [], [], BitConverter.GetBytes(42)),
        ]);
        using var file = TorchFile.Open(folder["types.pt"]);
        Assert.Equal(["double", "float", "half", "brain", "long", "one"], file.Tensors.Keys);
        Assert.Equal(values, file.ReadFloat32("double"));
        Assert.Equal([0, -2.25f, 1.5f, 65504], file.ReadFloat32("float"));
        Assert.Equal(values, file.ReadFloat32("half"));
        Assert.Equal(values[..3], file.ReadFloat32("brain"));
        Assert.Equal([7, -8], file.ReadIntegers("long"));
        Assert.Equal([42], file.ReadIntegers("one"));
        Assert.Contains("floating", Assert.Throws<UserException>(() => file.ReadFloat32("long")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_thousand_tensors_are_read_back()
    {
        // More values than one byte can number in the pickle's memo, and more members than one batch.
        var tensors = Enumerable.Range(0, 1_101).Select(i => new TorchTensorData($"t{i}", TensorDType.Float32, [1, 1, 1, 1], [1, 1, 1, 1], BitConverter.GetBytes((float)i))).ToArray();
        TorchFileWriter.Save(folder["many.pt"], tensors);
        using var file = TorchFile.Open(folder["many.pt"]);
        Assert.Equal(1_101, file.Tensors.Count);
        Assert.All(new[] { 0, 37, 999, 1_000, 1_100 }, i => Assert.Equal(i, file.ReadFloat32($"t{i}")[0]));
    }

    [Fact]
    public void A_modules_state_dict_with_metadata_parameters_and_numbers_is_read()
    {
        new PickleAssembler().Global("collections", "OrderedDict").Op(")R").Op("(")
            .Text("w").Global("torch._utils", "_rebuild_parameter").Op("(").Tensor([2], [1], 2).Raw(0x88).Global("collections", "OrderedDict").Op(")RtR")
            .Text("k").Int(8).Text("x").Raw((byte)'G', 0x3F, 0xE0, 0, 0, 0, 0, 0, 0).Text("n").Raw(0x8a, 2, 0xFF, 0xFF).Op("u")
            .Op("}").Text("_metadata").Global("collections", "OrderedDict").Op(")Rsb").Save(folder["module.pt"], 2);
        using var file = TorchFile.Open(folder["module.pt"]);
        Assert.Equal([0, 0], file.ReadFloat32("w"));
        Assert.Equal((8, 0.5, -1), (file.Numbers["k"], file.Numbers["x"], file.Numbers["n"]));
    }

    /// <summary>The serialization id's 40 digits, and their checksum behind them and in the directory.</summary>
    private static void Blank(byte[] file)
    {
        var name = Encoding.ASCII.GetBytes(".data/serialization_id");
        var local = file.AsSpan().IndexOf(name);
        var data = (local + name.Length + 63) / 64 * 64;
        file.AsSpan(data, 44 + 4).Clear();
        var central = file.AsSpan().LastIndexOf(name);
        file.AsSpan(central - 3 - 46 + 16, 4).Clear();
        Assert.True(central > local && BitConverter.ToInt32(file, data + 48) == 40);
    }
}

using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SaeDashboard.Core.TorchFiles;

namespace SaeDashboard.Core.Tests.TorchFiles;

/// <summary>A .pt file is a program in a zip file: whatever is not data is refused by name, and nothing is run.</summary>
public sealed class HostileTorchFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Pickles and what is said of them. All are given a storage "0" of 6 numbers.</summary>
    public static TheoryData<string, string> Pickles()
    {
        var data = new TheoryData<string, string>();
        void Add(string part, PickleAssembler pickle) => data.Add(part, Convert.ToHexString(pickle.Bytes));
        static PickleAssembler New() => new();
        static PickleAssembler Member(PickleAssembler value) => New().Op("}").Text("a").Raw(value.Bytes[2..^1]).Op("s");

        Add("os.system", New().Global("os", "system").Op("(").Text("ls").Op("tR"));
        Add("builtins.eval", Member(New().Global("builtins", "eval").Op("(").Text("1").Op("tR")));
        Add("torch.load", New().Global("torch", "load"));
        Add("torch._utils._rebuild_tensor_v3", New().Global("torch._utils", "_rebuild_tensor_v3"));
        Add("code and not data", New().Global("os\u001b[31m", "system"));
        Add("STACK_GLOBAL", New().Text("os").Text("system").Raw(0x93));
        Add("INST", New().Op("(ios\nsystem\n"));
        Add("OBJ", New().Op("(").Global("collections", "OrderedDict").Op("o"));
        Add("NEWOBJ", New().Global("collections", "OrderedDict").Op(")").Raw(0x81));
        Add("EXT", New().Raw(0x82, 1));
        Add("PERSID", New().Op("P0\n"));
        Add("BUILD", New().Op("}}").Text("_metadata").Op("}sb"));
        Add("BUILD", New().Global("collections", "OrderedDict").Op(")R}").Text("__class__").Op("}sb"));
        Add("arguments", New().Global("collections", "OrderedDict").Op("(]tR"));
        Add("calls something other than a function", New().Int(1).Op(")R"));
        Add("contains itself", New().Op("}q\0").Text("a").Op("h\0s"));
        Add("contains itself", Member(New().Op("]q\0(h\0e")));
        Add("nested deeper", Member(New().Op(string.Concat(Enumerable.Repeat("]", 100)) + string.Concat(Enumerable.Repeat("a", 99)))));
        Add("more than 100000", New().Op(new string('}', 100_001)));
        Add("never kept", New().Op("j\xFF\xFF\xFF\xFF"));
        Add("twice", New().Op("}(").Text("a").Int(1).Text("a").Int(2).Op("u"));
        Add("neither a text nor", New().Op("})").Int(1).Op("s"));
        Add("has no name", New().Op("}").Int(3).Int(1).Op("s"));
        Add("neither a tensor nor", Member(New().Text("b")));
        Add("no dict", New().Int(1));
        Add("protocol 4", New().Raw(0x80, 4).Op("}"));
        Add("ends too early", New().Raw((byte)'X', 0xFF, 0xFF, 0xFF, 0x7F));
        Add("does not end where", New().Op("("));
        Add("a mark that it never set", New().Op("t"));
        Add("takes more than it put", New().Op("}(su"));
        Add("9 bytes", New().Raw(0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1));
        Add("not UTF-8", New().Raw((byte)'X', 2, 0, 0, 0, 0xC3, 0x28));
        Add("does not end where", New().Op("}}"));
        Add("name in it does not end", New().Op("c" + new string('a', 1000)));
        Add("../../etc/passwd", Member(New().Tensor([6], [1], 6, key: "../../etc/passwd")));
        Add("storage 7 are missing", Member(New().Tensor([6], [1], 6, key: "7")));
        Add("24 bytes where 28", Member(New().Tensor([6], [1], 7)));
        Add("24 bytes where 48", Member(New().Tensor([6], [1], 6, storage: "DoubleStorage")));
        Add("does not fit", Member(New().Tensor([1 << 30, 1 << 30], [0, 0], 6)));
        Add("does not fit", Member(New().Tensor([2, 3], [4, 1], 6)));
        Add("does not fit", Member(New().Tensor([6], [1], 6, offset: 1)));
        Add("larger than any memory", Member(New().Tensor([int.MaxValue, int.MaxValue, int.MaxValue, 0], [1, 1, 1, 1], 6)));
        Add("belong together", Member(New().Tensor([6], [1, 1], 6)));
        Add("belong together", Member(New().Tensor([6], [1], 6, offset: -1)));
        Add("from 0 on", Member(New().Tensor([-6], [1], 6)));
        Add("torch.OrderedDict", Member(New().Tensor([6], [1], 6, storage: "OrderedDict")));
        return data;
    }

    [Theory, MemberData(nameof(Pickles))]
    public void A_pickle_that_is_more_than_a_state_dict_is_refused(string part, string pickle)
    {
        PickleAssembler.SaveZip(folder["ae.pt"], [("ae/data.pkl", Convert.FromHexString(pickle)), ("ae/data/0", new byte[24])]);
        var message = Assert.Throws<UserException>(() => TorchFile.Open(folder["ae.pt"]).Dispose()).Message;
        Assert.Contains(folder["ae.pt"], message, StringComparison.Ordinal);
        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.DoesNotContain(message, char.IsControl);
    }

    [Fact]
    public void Every_shortened_pickle_is_refused()
    {
        var whole = new PickleAssembler().Op("}(").Text("a").Tensor([2, 3], [3, 1], 6).Text("k").Int(3).Op("u").Bytes;
        for (var length = 0; length < whole.Length; length++)
        {
            PickleAssembler.SaveZip(folder["ae.pt"], [("ae/data.pkl", whole[..length]), ("ae/data/0", new byte[24])]);
            Assert.Throws<UserException>(() => TorchFile.Open(folder["ae.pt"]).Dispose());
        }
    }

    [Fact]
    public void What_is_not_a_zip_file_of_torch_is_refused_by_what_it_is()
    {
        var pickle = new PickleAssembler().Op("}").Text("a").Tensor([6], [1], 6).Op("s");
        (string, byte[])[] good = [("ae/data.pkl", pickle.Bytes), ("ae/data/0", new byte[24])];
        Refused("is compressed", [.. good[..1], ("ae/data/0", new byte[24_000])], CompressionLevel.Optimal);
        Refused("more than one root", [.. good, ("other/data/1", [])]);
        Refused("does not write", [.. good, ("ae/../../x", [])]);
        Refused("does not write", [.. good, ("/ae/x", [])]);
        Refused("does not write", [.. good, ("ae/c:\\x", [])]);
        Refused("is duplicated", [.. good, good[1]]);
        Refused("no data.pkl", good[1..]);
        Refused("another byte order", [.. good, ("ae/byteorder", "big"u8.ToArray())]);
        Refused("at most", [("ae/data.pkl", new byte[5 << 20])]);
        Written("older one", [0x80, 2, 0x8a, 10, .. new byte[100]]);
        Written("older one", [.. Encoding.ASCII.GetBytes("storages"), .. new byte[600]]);
        Written("not a file of torch.save", new byte[100]);
        Written("git lfs pull", [.. Encoding.ASCII.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n")]);
        Written("only 3 bytes", [1, 2, 3]);

        PickleAssembler.SaveZip(folder["ae.pt"], good);
        var whole = File.ReadAllBytes(folder["ae.pt"]);
        Written("incomplete", whole[..^5]);
        Written("incomplete", [.. whole, 0]);
        var data = whole.AsSpan().IndexOf(Encoding.ASCII.GetBytes("ae/data/0")) + 9;
        var flipped = (byte[])whole.Clone();
        flipped[data + 3] ^= 1;
        File.WriteAllBytes(folder["ae.pt"], flipped);
        using (var file = TorchFile.Open(folder["ae.pt"]))
            Assert.Contains("checksum", Assert.Throws<UserException>(() => file.ReadFloat32("a")).Message, StringComparison.Ordinal);

        // Both entries at the place of the first: the trick by which a small zip file holds a huge one.
        var overlapping = (byte[])whole.Clone();
        var second = whole.AsSpan().LastIndexOf(Encoding.ASCII.GetBytes("ae/data/0")) - 46;
        BinaryPrimitives.WriteUInt32LittleEndian(overlapping.AsSpan(second + 42), 0);
        Written("not where its directory says", overlapping);
        var longer = (byte[])whole.Clone();
        var first = whole.AsSpan().LastIndexOf(Encoding.ASCII.GetBytes("ae/data.pkl")) - 46;
        BinaryPrimitives.WriteUInt32LittleEndian(longer.AsSpan(first + 20), (uint)pickle.Bytes.Length + 50);
        BinaryPrimitives.WriteUInt32LittleEndian(longer.AsSpan(first + 24), (uint)pickle.Bytes.Length + 50);
        Written("overlaps another", longer);
        var encrypted = (byte[])whole.Clone();
        encrypted[first + 8] |= 1;
        Written("encrypted", encrypted);
        foreach (var device in new[] { "/dev/zero", "/dev/null" })
        {
            File.Delete(folder["ae.pt"]);
            File.CreateSymbolicLink(folder["ae.pt"], device);
            Says("ae.pt");
        }
        Assert.Contains("does not exist", Assert.Throws<UserException>(() => TorchFile.Open(folder["gone.pt"])).Message, StringComparison.Ordinal);

        void Refused(string part, (string, byte[])[] entries, CompressionLevel level = CompressionLevel.NoCompression)
        {
            PickleAssembler.SaveZip(folder["ae.pt"], entries, level);
            Says(part);
        }

        void Written(string part, byte[] bytes)
        {
            File.WriteAllBytes(folder["ae.pt"], bytes);
            Says(part);
        }

        void Says(string part)
        {
            var message = Assert.Throws<UserException>(() => TorchFile.Open(folder["ae.pt"]).Dispose()).Message;
            Assert.Contains(part, message, StringComparison.Ordinal);
            Assert.Contains(folder["ae.pt"], message, StringComparison.Ordinal);
        }
    }
}

using SaeDashboard.Core.Importing;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Tests.Importing;

/// <summary>What is kept of an import that is not whole yet.</summary>
public sealed class ImportWorkTests : IDisposable
{
    private static readonly ImportBasis Basis = new("first", "/in", "codec", 1, 2, 3, 1);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void It_continues_with_what_is_whole_whatever_a_kill_left()
    {
        using (var work = ImportWork.Open(folder["work"], Basis))
        {
            Assert.Throws<UserException>(() => ImportWork.Open(folder["work"], Basis));
            work.Add(File("a.wav", 2), [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]]);
            work.Add(File("b.wav", 1), [[13, 14, 15, 16, 17, 18]]);
        }
        // Codes without a line, half a row, and half a line.
        System.IO.File.AppendAllBytes(folder["work/codes.bin"], new byte[17]);
        System.IO.File.AppendAllText(folder["work/done.jsonl"], "{\"file\": \"c.wav\", \"by");
        using (var work = ImportWork.Open(folder["work"], Basis with { Id = "second" }))
        {
            Assert.Equal("first", work.Basis.Id);
            Assert.NotNull(work.Find(Item("a.wav")));
            Assert.Null(work.Find(Item("c.wav")));
            Assert.Null(work.Find(Item("b.wav") with { Bytes = 11 }));
            work.Add(File("c.wav", 1), [[19, 20, 21, 22, 23, 24]]);
        }
        // A power cut that kept the line and lost its codes.
        using (var codes = System.IO.File.OpenWrite(folder["work/codes.bin"])) codes.SetLength(codes.Length - 12);
        using (var work = ImportWork.Open(folder["work"], Basis))
        {
            Assert.Null(work.Find(Item("c.wav")));
            var writer = new SafetensorsWriter();
            work.AddCodes(writer, [work.Find(Item("b.wav"))!, work.Find(Item("a.wav"))!]);
            writer.Save(folder["codes.safetensors"]);
        }
        using var file = SafetensorsFile.Open(folder["codes.safetensors"]);
        Assert.Equal([3, 2, 3], file.Entry("codes").Shape);
        var bytes = new byte[36];
        file.Read(file.Entry("codes"), 0, bytes);
        Assert.Equal([13, 14, 15, 16, 17, 18, .. Enumerable.Range(1, 12).Select(value => (short)value)], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, short>(bytes).ToArray());
    }

    [Fact]
    public void Another_codec_or_length_starts_over()
    {
        using (var work = ImportWork.Open(folder["work"], Basis)) work.Add(File("a.wav", 1), [new short[6]]);
        using (var work = ImportWork.Open(folder["work"], Basis with { CodecHash = "other" })) Assert.False(work.Continues);
        Assert.Equal(0, new FileInfo(folder["work/codes.bin"]).Length);
    }

    private static ImportedFile File(string name, int clips) =>
        new(name, 10, DateTime.UnixEpoch, 0, [.. Enumerable.Range(0, clips).Select(at => new ImportedPiece(at, 1, -20))], clips, 0, null, null);

    private static ImportItem Item(string name) => new(name, "/in/" + name, null, "", "file:" + name, null, 10, DateTime.UnixEpoch);
}

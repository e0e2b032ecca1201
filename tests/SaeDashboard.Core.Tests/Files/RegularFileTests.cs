using SaeDashboard.Core.Files;
using SaeDashboard.Core.Serving;

namespace SaeDashboard.Core.Tests.Files;

public sealed class RegularFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_is_read_through_links_and_found_by_its_own_length_and_time()
    {
        File.WriteAllText(folder["blob"], "0123456789");
        File.SetLastWriteTimeUtc(folder["blob"], new DateTime(2026, 5, 4, 3, 2, 1, 500, DateTimeKind.Utc));
        File.CreateSymbolicLink(folder["weights"], "blob");
        var look = FileLook.At(folder["weights"])!.Value;
        Assert.Equal((FileKind.Regular, 10L, File.GetLastWriteTimeUtc(folder["blob"])), (look.Kind, look.Length, look.ModifiedUtc));
        Assert.Equal(FileLook.At(folder["blob"])!.Value.Identity, look.Identity);
        using var stream = RegularFile.OpenStream(folder["weights"]);
        Assert.Equal("0123456789", new StreamReader(stream).ReadToEnd());
    }

    [Fact]
    public void What_is_not_there_is_null_or_says_so()
    {
        File.WriteAllText(folder["file"], "");
        File.CreateSymbolicLink(folder["nowhere"], folder["gone"]);
        foreach (var path in (string[])[folder["none"], folder["nowhere"], folder["file/below"], "", folder["file"] + "\0.txt"])
        {
            Assert.Null(RegularFile.TryOpen(path));
            Assert.Contains("does not exist", Assert.Throws<UserException>(() => RegularFile.Open(path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_short_read_is_an_error_with_the_files_name()
    {
        File.WriteAllBytes(folder["file"], [1, 2, 3]);
        using var file = RegularFile.Open(folder["file"]);
        var bytes = new byte[2];
        RegularFile.ReadExactly(file, folder["file"], 1, bytes);
        Assert.Equal([2, 3], bytes);
        var error = Assert.Throws<UserException>(() => RegularFile.ReadExactly(file, folder["file"], 2, new byte[2]));
        Assert.Contains(folder["file"], error.Message, StringComparison.Ordinal);
        Assert.Contains("became shorter", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Writing_keeps_what_is_there_and_begins_what_is_not()
    {
        using (var stream = RegularFile.OpenOrCreate(folder["a"])) stream.Write("first"u8);
        using (var stream = RegularFile.Append(folder["a"])) stream.Write(", second"u8);
        using (var stream = RegularFile.OpenOrCreate(folder["a"])) stream.Write("F"u8);
        Assert.Equal("First, second", File.ReadAllText(folder["a"]));
        Assert.Contains("cannot be written", Assert.Throws<UserException>(() => RegularFile.OpenOrCreate(folder["no/such/folder"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_is_held_against_the_roots_by_where_it_ends()
    {
        Directory.CreateDirectory(folder["data"]);
        Directory.CreateDirectory(folder["elsewhere"]);
        File.WriteAllText(folder["elsewhere/secret"], "secret");
        File.WriteAllText(folder["data/mine"], "mine");
        File.CreateSymbolicLink(folder["data/inside"], "mine");
        File.CreateSymbolicLink(folder["data/out"], folder["elsewhere/secret"]);
        // Each link leads to a name inside; only together do they lead out.
        File.CreateSymbolicLink(folder["data/hop"], "../elsewhere");
        File.CreateSymbolicLink(folder["data/twice"], "hop/secret");
        File.CreateSymbolicLink(folder["data/future"], folder["elsewhere/not-yet"]);
        File.CreateSymbolicLink(folder["entry"], folder["data"]);
        var roots = new AllowedRoots([folder["entry"]]);

        foreach (var name in (string[])["data/mine", "data/inside", "entry/mine", "data/not-yet"]) Assert.True(roots.Allows(folder[name]), name);
        foreach (var name in (string[])["data/out", "data/hop", "data/twice", "data/future", "elsewhere/secret", "data-next"]) Assert.False(roots.Allows(folder[name]), name);

        using (var file = roots.OpenFile(folder["entry/inside"])) Assert.Equal(4, RandomAccess.GetLength(file));
        Assert.Null(roots.TryOpenFile(folder["data/none"]));
        foreach (var name in (string[])["data/out", "data/twice", "elsewhere/secret"])
            Assert.Contains("outside the folders", Assert.Throws<UserException>(() => roots.OpenFile(folder[name])).Message, StringComparison.Ordinal);
    }
}

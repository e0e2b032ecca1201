using System.Text;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Tests.Files;

public sealed class MemoryFileTests
{
    [Fact]
    public void What_was_written_is_read_by_its_path_as_often_as_one_likes()
    {
        var content = Encoding.UTF8.GetBytes(new string('\u3042', 100_000));
        using var file = MemoryFile.Create("memory-file-test", content);
        Assert.Equal(content, File.ReadAllBytes(file.Path));
        Assert.Equal(content, File.ReadAllBytes(file.Path));
    }

    [Fact]
    public void Files_of_one_name_are_two()
    {
        using var first = MemoryFile.Create("memory-file-test", "first"u8);
        using var second = MemoryFile.Create("memory-file-test", "second"u8);
        Assert.Equal("first", File.ReadAllText(first.Path));
        Assert.Equal("second", File.ReadAllText(second.Path));
    }

    [Fact]
    public void Nothing_is_left_when_it_is_disposed()
    {
        var name = $"memory-file-{Guid.NewGuid():N}";
        using (var file = MemoryFile.Create(name, "here"u8)) Assert.Contains(name, new FileInfo(file.Path).LinkTarget);
        foreach (var descriptor in Directory.GetFiles("/proc/self/fd")) Assert.DoesNotContain(name, new FileInfo(descriptor).LinkTarget ?? "");
    }
}

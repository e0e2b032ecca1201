using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Tests.Files;

public sealed class AtomicFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_folder_appears_at_the_commit_and_leaves_nothing_else_behind()
    {
        using (var pending = AtomicFolder.Create(folder["out/"]))
        {
            Directory.CreateDirectory(Path.Combine(pending.WorkPath, "inner"));
            File.WriteAllText(Path.Combine(pending.WorkPath, "inner", "a"), "1");
            Assert.False(Directory.Exists(folder["out"]));
            pending.Commit();
        }
        Assert.Equal("1", File.ReadAllText(folder["out/inner/a"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Without_a_commit_nothing_remains()
    {
        using (var pending = AtomicFolder.Create(folder["out"])) File.WriteAllText(Path.Combine(pending.WorkPath, "a"), "1");
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void An_existing_folder_is_refused_at_the_start_and_at_the_end()
    {
        using (var pending = AtomicFolder.Create(folder["out"]))
        {
            Directory.CreateDirectory(folder["out"]);
            Assert.Contains("exists", Assert.Throws<UserException>(pending.Commit).Message, StringComparison.Ordinal);
        }
        Assert.Throws<UserException>(() => AtomicFolder.Create(folder["out"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
        File.WriteAllText(folder["file"], "");
        Assert.Throws<UserException>(() => AtomicFolder.Create(folder["file"], replace: true));
        Assert.Throws<UserException>(() => AtomicFolder.Create(folder["file/below"]));
    }

    [Fact]
    public void A_replacement_takes_the_place_of_the_old_folder()
    {
        Directory.CreateDirectory(folder["out"]);
        File.WriteAllText(folder["out/old"], "old");
        using var reader = File.OpenText(folder["out/old"]);
        using (var pending = AtomicFolder.Create(folder["out"], replace: true))
        {
            File.WriteAllText(Path.Combine(pending.WorkPath, "new"), "new");
            pending.Commit();
        }
        Assert.Equal([folder["out/new"]], Directory.EnumerateFileSystemEntries(folder["out"]));
        Assert.Equal("old", reader.ReadToEnd());
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Leftovers_of_the_dead_go_and_the_work_of_the_living_stays()
    {
        var dead = folder[$".out.work-{Guid.NewGuid():N}"];
        Directory.CreateDirectory(dead);
        File.WriteAllText(Path.Combine(dead, "half"), "");
        File.WriteAllText(dead + ".lock", "");
        var lockOnly = folder[$".out.work-{Guid.NewGuid():N}.lock"];
        File.WriteAllText(lockOnly, "");
        using var living = AtomicFolder.Create(folder["out"]);
        using var second = AtomicFolder.Create(folder["out"]);
        Assert.False(Directory.Exists(dead));
        Assert.False(File.Exists(dead + ".lock"));
        Assert.False(File.Exists(lockOnly));
        Assert.True(Directory.Exists(living.WorkPath));
        second.Commit();
        Assert.Throws<UserException>(living.Commit);
    }

    [Fact]
    public void A_replacement_stopped_between_its_two_renames_is_undone()
    {
        var work = folder[$".out.work-{Guid.NewGuid():N}"];
        Directory.CreateDirectory(work);
        Directory.CreateDirectory(work + "-old");
        File.WriteAllText(Path.Combine(work + "-old", "kept"), "kept");
        File.WriteAllText(work + ".lock", "");
        using (AtomicFolder.Create(folder["out"], replace: true)) { }
        Assert.Equal("kept", File.ReadAllText(folder["out/kept"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }
}

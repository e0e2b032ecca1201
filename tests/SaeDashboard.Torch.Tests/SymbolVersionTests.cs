using System.Reflection;
using SaeDashboard.Build;

namespace SaeDashboard.Torch.Tests;

/// <summary>The build's step that lets TorchSharp's native library load with an older libstdc++, on the package's real file.</summary>
public sealed class SymbolVersionTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sae-elf-").FullName;

    private static string Original { get; } = Path.Combine(
        typeof(SymbolVersionTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "TorchSharpPackage").Value!,
        "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Two_bytes_of_the_copy_change_and_the_package_stays_as_it_is()
    {
        var before = File.ReadAllBytes(Original);
        var copy = Copy();
        Assert.True(SymbolVersion.Weaken(copy));
        var after = File.ReadAllBytes(copy);
        var changed = Enumerable.Range(0, before.Length).Where(i => before[i] != after[i]).ToArray();
        // vna_flags was 0 and is 2, little-endian: its second byte stays 0.
        Assert.Equal((byte)0, before[Assert.Single(changed)]);
        Assert.Equal((byte)2, after[changed[0]]);
        Assert.Equal(before.Length, after.Length);
        Assert.Equal(before, File.ReadAllBytes(Original));
    }

    [Fact]
    public void A_second_time_nothing_changes()
    {
        var copy = Copy();
        Assert.True(SymbolVersion.Weaken(copy));
        var once = File.ReadAllBytes(copy);
        Assert.False(SymbolVersion.Weaken(copy));
        Assert.Equal(once, File.ReadAllBytes(copy));
    }

    [Fact]
    public void A_machine_that_has_the_version_needs_nothing()
    {
        var copy = Copy();
        Assert.Contains("stays as it is", SymbolVersion.Prepare(copy, machineHasIt: true), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(Original), File.ReadAllBytes(copy));
    }

    [Fact]
    public void The_machine_is_asked_for_the_symbol_in_its_version()
    {
        Assert.True(SymbolVersion.MachineHas("_ZNSt8ios_base4InitC1Ev", "GLIBCXX_3.4"));
        Assert.False(SymbolVersion.MachineHas("_ZNSt8ios_base4InitC1Ev", "GLIBCXX_9.9.99"));
        Assert.False(SymbolVersion.MachineHas("no_such_symbol", "GLIBCXX_3.4"));
    }

    [Theory]
    [InlineData("a text, not a library")]
    [InlineData("")]
    public void A_file_that_is_something_else_is_refused(string text)
    {
        var path = Path.Combine(folder, "other.so");
        File.WriteAllText(path, text);
        Assert.Contains("ELF", Assert.Throws<InvalidDataException>(() => SymbolVersion.Weaken(path)).Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(path));
    }

    [Fact]
    public void A_damaged_library_is_refused()
    {
        var path = Path.Combine(folder, "short.so");
        foreach (var share in (double[])[0.0001, 0.3, 0.99])
        {
            var bytes = File.ReadAllBytes(Original)[..(int)(new FileInfo(Original).Length * share)];
            File.WriteAllBytes(path, bytes);
            Assert.Throws<InvalidDataException>(() => SymbolVersion.Weaken(path));
            Assert.Equal(bytes, File.ReadAllBytes(path));
        }
    }

    [Fact]
    public void A_library_that_does_not_ask_for_the_version_stays_as_it_is()
    {
        // libc10 was built with an older compiler.
        var copy = Path.Combine(folder, "libc10.so");
        File.Copy(Path.Combine(SaeDashboard.Torch.Extensions.TorchRuntime.Folder, "libc10.so"), copy);
        var before = File.ReadAllBytes(copy);
        Assert.False(SymbolVersion.Weaken(copy));
        Assert.Equal(before, File.ReadAllBytes(copy));
    }

    [Fact]
    public void A_second_symbol_that_asks_for_the_version_is_named_and_refused()
    {
        var copy = Copy();
        var file = File.ReadAllBytes(copy);
        // The version table (section type 0x6fffffff) has two bytes a symbol: another symbol gets the marker's version.
        var table = SectionOffset(file, 0x6fffffff);
        var symbols = SectionOffset(file, 11);
        var names = SectionOffset(file, 3);
        var marker = Enumerable.Range(0, 5000).First(i => Name(file, names, symbols, i) == SymbolVersion.Marker);
        var other = Enumerable.Range(1, 5000).First(i => Name(file, names, symbols, i).StartsWith("_ZSt", StringComparison.Ordinal) && i != marker);
        file[table + 2 * other] = file[table + 2 * marker];
        file[table + 2 * other + 1] = file[table + 2 * marker + 1];
        File.WriteAllBytes(copy, file);
        var message = Assert.Throws<InvalidDataException>(() => SymbolVersion.Weaken(copy)).Message;
        Assert.Contains(Name(file, names, symbols, other), message, StringComparison.Ordinal);
        Assert.Equal(file, File.ReadAllBytes(copy));
    }

    private string Copy()
    {
        var copy = Path.Combine(folder, "libLibTorchSharp.so");
        File.Copy(Original, copy);
        return copy;
    }

    private static int SectionOffset(byte[] file, uint type)
    {
        var table = (int)BitConverter.ToUInt64(file, 40);
        for (var header = table; ; header += 64)
        {
            if (BitConverter.ToUInt32(file, header + 4) == type) return (int)BitConverter.ToUInt64(file, header + 24);
        }
    }

    private static string Name(byte[] file, int names, int symbols, int index)
    {
        var start = names + (int)BitConverter.ToUInt32(file, symbols + 24 * index);
        return System.Text.Encoding.ASCII.GetString(file, start, Array.IndexOf(file, (byte)0, start) - start);
    }
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace SaeDashboard.Build;

#if !SAE_TESTS
/// <summary>The build's step: see <see cref="SymbolVersion"/>.</summary>
public class WeakenSymbolVersion : Microsoft.Build.Utilities.Task
{
    [Microsoft.Build.Framework.Required]
    public string File { get; set; }

    public override bool Execute()
    {
        try
        {
            Log.LogMessage(Microsoft.Build.Framework.MessageImportance.Normal, SymbolVersion.Prepare(File, SymbolVersion.MachineHas(SymbolVersion.Marker, SymbolVersion.Version)));
            return true;
        }
        catch (InvalidDataException problem)
        {
            Log.LogError(null, "SAE0003", null, File, 0, 0, 0, 0, problem.Message);
            return false;
        }
    }
}
#endif

/// <summary>
/// Makes TorchSharp's native library load where libstdc++ is older than GCC 13's (Debian 12, Ubuntu 22.04). It asks for the symbol version
/// GLIBCXX_3.4.32 on behalf of one symbol that nothing calls, the mark that GCC 13's iostream header leaves. The dynamic linker refuses a
/// library when a version it asks for is missing, unless the request carries VER_FLG_WEAK. This sets that flag: two bytes.
/// Field names are those of elf.h; the file is little-endian, 64 bits, with section headers.
/// </summary>
public static class SymbolVersion
{
    public const string Version = "GLIBCXX_3.4.32";
    public const string Marker = "_ZSt21ios_base_library_initv";

    private const int SectionDynsym = 11, SectionRela = 4, SectionVersionNeed = 0x6ffffffe, SectionVersions = 0x6fffffff;
    private const ushort Weak = 2;

    /// <summary>Whether the C++ library of this machine defines the symbol in this version.</summary>
    public static bool MachineHas(string symbol, string version)
    {
        var library = dlopen("libstdc++.so.6", 1);
        return library != IntPtr.Zero && dlvsym(library, symbol, version) != IntPtr.Zero;
    }

    /// <summary>Weakens the request where this machine needs that; says what was done.</summary>
    /// <exception cref="InvalidDataException">As <see cref="Weaken"/>.</exception>
    public static string Prepare(string path, bool machineHasIt)
    {
        if (machineHasIt) return path + " stays as it is: this machine's libstdc++ has " + Version + ".";
        return path + (Weaken(path) ? " now loads without " : " needed no change to load without ") + Version + ".";
    }

    /// <summary>Sets the flag in the file, in place.</summary>
    /// <returns>False when the file needs no change: it does not ask for the version, or only weakly.</returns>
    /// <exception cref="InvalidDataException">The file is not an ELF library of this kind, or asks for the version for another symbol,
    /// which would then be missing when it is called.</exception>
    public static bool Weaken(string path)
    {
        var file = System.IO.File.ReadAllBytes(path);
        int place;
        try
        {
            place = FlagOffset(file);
        }
        catch (Exception outside) when (outside is ArgumentException || outside is IndexOutOfRangeException || outside is OverflowException)
        {
            throw new InvalidDataException("The file ends in the middle of an ELF structure: it is damaged.", outside);
        }
        if (place < 0 || BitConverter.ToUInt16(file, place) == Weak) return false;
        if (BitConverter.ToUInt16(file, place) != 0)
            throw new InvalidDataException("The request for " + Version + " carries flags " + BitConverter.ToUInt16(file, place) + ", where 0 was expected.");
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write))
        {
            stream.Position = place;
            stream.WriteByte((byte)Weak);
        }
        return true;
    }

    // The offset of vna_flags in the file; -1 where the version is not asked for.
    private static int FlagOffset(byte[] file)
    {
        if (file.Length < 64 || file[0] != 0x7f || file[1] != 'E' || file[2] != 'L' || file[3] != 'F' || file[4] != 2 || file[5] != 1)
            throw new InvalidDataException("This is not a 64-bit little-endian ELF library.");
        var sections = new Sections(file);
        int place = -1, index = 0;
        foreach (var need in sections.OfType(SectionVersionNeed))
        {
            for (int entry = need.Offset, more = 1; more != 0; entry += more)
            {
                var auxiliary = entry + (int)BitConverter.ToUInt32(file, entry + 8);
                for (var left = BitConverter.ToUInt16(file, entry + 2); left > 0; left--)
                {
                    if (BitConverter.ToUInt32(file, auxiliary) == Hash(Version) && sections.Text(need.Link, BitConverter.ToUInt32(file, auxiliary + 8)) == Version)
                        (place, index) = (auxiliary + 4, BitConverter.ToUInt16(file, auxiliary + 6) & 0x7fff);
                    auxiliary += (int)BitConverter.ToUInt32(file, auxiliary + 12);
                }
                more = (int)BitConverter.ToUInt32(file, entry + 12);
            }
        }
        if (place >= 0) RequireOnlyTheMarker(file, sections, index);
        return place;
    }

    private static void RequireOnlyTheMarker(byte[] file, Sections sections, int index)
    {
        var symbols = sections.Only(SectionDynsym);
        var versions = sections.Only(SectionVersions);
        var asking = new List<string>();
        var number = 0;
        for (var i = 0; i < symbols.Size / 24; i++)
        {
            if ((BitConverter.ToUInt16(file, versions.Offset + 2 * i) & 0x7fff) != index) continue;
            asking.Add(sections.Text(symbols.Link, BitConverter.ToUInt32(file, symbols.Offset + 24 * i)));
            number = i;
        }
        if (asking.Count != 1 || asking[0] != Marker)
            throw new InvalidDataException("It asks for " + Version + " for " + string.Join(", ", asking) + "; only " + Marker
                + ", which nothing calls, may be missing. This machine's libstdc++ is too old for this version of TorchSharp.");
        foreach (var relocations in sections.OfType(SectionRela))
        {
            for (var at = relocations.Offset; at < relocations.Offset + relocations.Size; at += 24)
            {
                if (BitConverter.ToUInt32(file, at + 12) == number)
                    throw new InvalidDataException("Code refers to " + Marker + ", which this machine's libstdc++ lacks.");
            }
        }
    }

    // The ELF hash of a version's name (System V ABI, "Hash Table").
    private static uint Hash(string name)
    {
        uint hash = 0;
        foreach (var letter in Encoding.ASCII.GetBytes(name))
        {
            hash = (hash << 4) + letter;
            var high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }
        return hash;
    }

    [DllImport("libdl.so.2")]
    private static extern IntPtr dlopen(string name, int flags);

    [DllImport("libdl.so.2")]
    private static extern IntPtr dlvsym(IntPtr library, string symbol, string version);

    private sealed class Section
    {
        public uint Type;
        public int Offset, Size, Link;
    }

    private sealed class Sections
    {
        private readonly byte[] file;
        private readonly List<Section> all = new List<Section>();

        public Sections(byte[] file)
        {
            this.file = file;
            var table = checked((int)BitConverter.ToUInt64(file, 40));
            for (var i = 0; i < BitConverter.ToUInt16(file, 60); i++)
            {
                var header = table + i * BitConverter.ToUInt16(file, 58);
                all.Add(new Section
                {
                    Type = BitConverter.ToUInt32(file, header + 4),
                    Offset = checked((int)BitConverter.ToUInt64(file, header + 24)),
                    Size = checked((int)BitConverter.ToUInt64(file, header + 32)),
                    Link = checked((int)BitConverter.ToUInt32(file, header + 40)),
                });
            }
            if (all.Count == 0) throw new InvalidDataException("The file has no section headers.");
        }

        public List<Section> OfType(int type) => all.FindAll(section => section.Type == (uint)type);

        public Section Only(int type)
        {
            var found = OfType(type);
            if (found.Count != 1) throw new InvalidDataException("The file has " + found.Count + " sections of type 0x" + type.ToString("x") + ", where one was expected.");
            return found[0];
        }

        public string Text(int section, uint offset)
        {
            var start = checked(all[section].Offset + (int)offset);
            return Encoding.ASCII.GetString(file, start, Array.IndexOf(file, (byte)0, start) - start);
        }
    }
}

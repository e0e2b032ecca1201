using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Data;

/// <summary>Codec codes of one piece of sound, <c>[codebooks, frames]</c>, without the delay pattern. Codes are 0 … 32767.</summary>
public sealed class CodeGrid
{
    private const string Unnamed = "The codes";

    private readonly short[] codes;

    public CodeGrid(int codebooks, int frames)
        : this(codebooks, frames, new short[checked(NotNegative(codebooks) * NotNegative(frames))]) { }

    private CodeGrid(int codebooks, int frames, short[] codes)
    {
        Codebooks = codebooks;
        Frames = frames;
        this.codes = codes;
    }

    public int Codebooks { get; }

    public int Frames { get; }

    /// <summary>The source of the codes, for messages: a file and the part of it; null: not known.</summary>
    public string? Source { get; init; }

    /// <summary>The name in messages: <see cref="Source"/>, or "The codes".</summary>
    public string Name => Source ?? Unnamed;

    /// <exception cref="ArgumentOutOfRangeException">The index is out of range, or the code is not in 0 … 32767.</exception>
    public int this[int codebook, int frame]
    {
        get => codes[Place(codebook, frame)];
        set
        {
            if (value is < 0 or > short.MaxValue) throw new ArgumentOutOfRangeException(nameof(value), value, "A code is 0 … 32767.");
            codes[Place(codebook, frame)] = (short)value;
        }
    }

    /// <summary>The codes of one codebook, frame after frame.</summary>
    public ReadOnlySpan<short> Codebook(int codebook)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)codebook, (uint)Codebooks, nameof(codebook));
        return codes.AsSpan(codebook * Frames, Frames);
    }

    /// <summary>All codes, codebook after codebook.</summary>
    public ReadOnlySpan<short> Values => codes;

    /// <summary>A copy of the codes <c>[codebooks × frames]</c>, row by codebook.</summary>
    /// <exception cref="ArgumentException">Their number is wrong, or one is negative.</exception>
    public static CodeGrid FromValues(ReadOnlySpan<short> values, int codebooks, string? source = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(codebooks);
        if (values.Length % codebooks != 0)
            throw new ArgumentException($"{values.Length} codes cannot be {codebooks} codebooks of equal length.", nameof(values));
        foreach (var value in values)
        {
            if (value < 0) throw new ArgumentException($"{value} is no code: codes are 0 … 32767.", nameof(values));
        }
        return new CodeGrid(codebooks, values.Length / codebooks, values.ToArray()) { Source = source };
    }

    /// <summary>A copy of frames <paramref name="from"/> … <paramref name="from"/> + <paramref name="count"/> − 1.</summary>
    public CodeGrid Slice(int from, int count)
    {
        if (from < 0 || count < 0 || from > Frames - count)
            throw new ArgumentOutOfRangeException(nameof(from), $"Frames {from} … {from + (long)count - 1} of {Frames}.");
        var slice = new CodeGrid(Codebooks, count) { Source = Source };
        for (var codebook = 0; codebook < Codebooks; codebook++)
            Codebook(codebook).Slice(from, count).CopyTo(slice.codes.AsSpan(codebook * count));
        return slice;
    }

    /// <summary>int16 little-endian, row by codebook, as base64: how presets carry codes.</summary>
    public string ToBase64() => Convert.ToBase64String(MemoryMarshal.AsBytes(codes.AsSpan()));

    /// <summary>Reads the result of <see cref="ToBase64"/>.</summary>
    /// <exception cref="UserException">The text is not base64, or its length does not fit the number of codebooks.</exception>
    public static CodeGrid FromBase64(string text, int codebooks, string? source = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(codebooks);
        byte[] bytes;
        try
        {
            bytes = Convert.FromBase64String(text);
        }
        catch (FormatException error)
        {
            throw new UserException($"{source ?? Unnamed}: the codes are not base64: they were cut or changed.", error);
        }
        if (bytes.Length % (2 * codebooks) != 0)
            throw new UserException($"{source ?? Unnamed}: {bytes.Length} bytes of codes cannot be {codebooks} codebooks of equal length: they were cut, or " +
                "belong to another model.");
        var values = MemoryMarshal.Cast<byte, short>(bytes);
        foreach (var value in values)
        {
            if (value < 0) throw new UserException($"{source ?? Unnamed}: {value} is not a code (0 … 32767): they were changed.");
        }
        return FromValues(values, codebooks, source);
    }

    /// <summary>Reads <c>[[…], …]</c>: one list per codebook.</summary>
    /// <exception cref="UserException">The file is missing, or holds no such lists of equal length.</exception>
    public static CodeGrid ReadJson(string path)
    {
        var rows = JsonFile.Read<int[][]>(path);
        if (rows.Length == 0)
            throw new UserException($"{path} holds no codebook: it should hold [[code, code, …], …], one list a codebook.");
        for (var codebook = 0; codebook < rows.Length; codebook++)
        {
            if (rows[codebook] is null || rows[codebook].Length != rows[0]?.Length)
                throw new UserException($"{path}: codebook {codebook} has {rows[codebook]?.Length ?? 0} frames, codebook 0 has " +
                    $"{rows[0]?.Length ?? 0}: all must have as many.");
        }
        var grid = new CodeGrid(rows.Length, rows[0].Length) { Source = path };
        for (var codebook = 0; codebook < grid.Codebooks; codebook++)
        {
            for (var frame = 0; frame < grid.Frames; frame++)
            {
                var code = rows[codebook][frame];
                if (code is < 0 or > short.MaxValue)
                    throw new UserException($"{path}: codebook {codebook}, frame {frame}: {code} is no code.");
                grid[codebook, frame] = code;
            }
        }
        return grid;
    }

    /// <summary>Writes <c>[[…], …]</c>, one line per codebook.</summary>
    public void WriteJson(string path)
    {
        var text = new StringBuilder("[\n");
        for (var codebook = 0; codebook < Codebooks; codebook++)
            text.Append(JsonSerializer.Serialize(Codebook(codebook).ToArray())).Append(codebook < Codebooks - 1 ? ",\n" : "\n");
        AtomicFile.WriteAllText(path, text.Append("]\n").ToString());
    }

    /// <summary>Whether the other grid has the same size and codes.</summary>
    public bool ContentEquals(CodeGrid other) =>
        Codebooks == other.Codebooks && Frames == other.Frames && Values.SequenceEqual(other.Values);

    /// <summary>The first column (frame) in which the grids differ, in any codebook; the shorter grid differs where it ends. Null: they are equal.</summary>
    /// <exception cref="ArgumentException">The numbers of codebooks differ.</exception>
    public int? FirstDifference(CodeGrid other)
    {
        if (other.Codebooks != Codebooks) throw new ArgumentException($"{other.Codebooks} codebooks cannot be held against {Codebooks}.", nameof(other));
        var shared = Math.Min(Frames, other.Frames);
        var first = shared;
        for (var codebook = 0; codebook < Codebooks; codebook++)
            first = Math.Min(first, Codebook(codebook)[..shared].CommonPrefixLength(other.Codebook(codebook)[..shared]));
        return first == shared && Frames == other.Frames ? null : first;
    }

    private int Place(int codebook, int frame)
    {
        if ((uint)codebook >= (uint)Codebooks || (uint)frame >= (uint)Frames)
            throw new ArgumentOutOfRangeException(nameof(frame), $"Codebook {codebook}, frame {frame} of {Codebooks} × {Frames}.");
        return codebook * Frames + frame;
    }

    private static int NotNegative(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return size;
    }
}

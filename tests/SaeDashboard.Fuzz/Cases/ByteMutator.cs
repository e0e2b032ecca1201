namespace SaeDashboard.Fuzz.Cases;

/// <summary>Changes a file's bytes without knowing what they mean.</summary>
internal static class ByteMutator
{
    /// <param name="random">What to change.</param>
    /// <param name="bytes">The file.</param>
    /// <param name="reach">Only this many bytes from the start are changed: a header is a small part of its file.</param>
    public static byte[] Mutate(Random random, byte[] bytes, int reach)
    {
        reach = Math.Min(reach, bytes.Length);
        var place = random.Next(reach);
        switch (random.Next(9))
        {
            case 0: return bytes[..place];
            case 1: return [.. bytes[..place], .. Noise(random, random.Next(1, 200)), .. bytes[place..]];
            case 2: return [.. bytes[..place], .. bytes[Math.Min(bytes.Length, place + random.Next(1, 200))..]];
            case 3: return [.. bytes, .. Noise(random, random.Next(1, 200))];
            case 4: return Noise(random, random.Next(0, 2_000));
            case 5: return [.. bytes[..place], 0xED, 0xA0, 0x80, 0xFF, .. bytes[place..]];
            case 6: return [0xEF, 0xBB, 0xBF, .. bytes];
            default:
                var changed = (byte[])bytes.Clone();
                for (var flips = random.Next(1, 9); flips > 0; flips--) changed[random.Next(reach)] = (byte)random.Next(256);
                return changed;
        }
    }

    private static byte[] Noise(Random random, int length)
    {
        var noise = new byte[length];
        random.NextBytes(noise);
        return noise;
    }
}

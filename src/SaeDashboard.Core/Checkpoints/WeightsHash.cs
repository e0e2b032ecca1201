using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Checkpoints;

/// <summary>
/// SHA-256 over a checkpoint's tensors in ordinal order of their names: for each one line "name dtype [shape]\n", then its bytes as stored.
/// So the same weights in one file or in shards have one hash, and a file's metadata does not matter.
/// </summary>
public static unsafe class WeightsHash
{
    private const int Piece = 1 << 26;

    /// <summary>Lower-case hexadecimal.</summary>
    /// <param name="tensorsInOrder">In ordinal order of their names.</param>
    /// <param name="bytesDone">Told now and then how many bytes have been read.</param>
    public static string Of(IEnumerable<(SafetensorsFile File, TensorEntry Entry)> tensorsInOrder, Action<long>? bytesDone = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var total = 0L;
        foreach (var (file, entry) in tensorsInOrder)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{entry.Name} {entry.Describe()}\n")));
            var start = (byte*)file.Address(entry.Name);
            for (long done = 0; done < entry.ByteLength; done += Piece)
            {
                var count = (int)Math.Min(Piece, entry.ByteLength - done);
                hash.AppendData(new ReadOnlySpan<byte>(start + done, count));
                bytesDone?.Invoke(total += count);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

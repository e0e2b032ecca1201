using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Checkpoints;

/// <summary>
/// SHA-256 over a checkpoint's tensors in ordinal order of their names: for each one line "name dtype [shape]\n", then its bytes as stored.
/// So the same weights in one file or in shards have one hash, and a file's metadata does not matter.
/// </summary>
public static class WeightsHash
{
    /// <summary>Lower-case hexadecimal.</summary>
    /// <param name="tensorsInOrder">In ordinal order of their names.</param>
    /// <param name="bytesDone">Told now and then how many bytes have been read.</param>
    /// <exception cref="UserException">A file was cut or changed since it was opened, or the disk fails.</exception>
    public static string Of(IEnumerable<(SafetensorsFile File, TensorEntry Entry)> tensorsInOrder, Action<long>? bytesDone = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var total = 0L;
        foreach (var (file, entry) in tensorsInOrder)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{entry.Name} {entry.Describe()}\n")));
            file.ReadPieces(entry, (piece, _) =>
            {
                hash.AppendData(piece);
                bytesDone?.Invoke(total += piece.Length);
            });
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Checkpoints;

/// <summary>
/// SHA-256 over a checkpoint's tensors in ordinal order of their names: for each the line "name dtype [shape]\n", then its bytes as stored.
/// The hash does not depend on shards or on a file's metadata.
/// </summary>
public static class WeightsHash
{
    /// <summary>Lower-case hexadecimal.</summary>
    /// <param name="tensorsInOrder">In ordinal order of their names.</param>
    /// <param name="bytesDone">Receives the number of bytes read, from time to time.</param>
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

/// <summary>
/// The codec's hash, computed from the files without a tensor library; equal to the loaded codec's own hash (a test compares it with presets
/// that the worker wrote). Equal hashes mean that equal codes give the same sound.
/// </summary>
public static partial class CodecHash
{
    /// <summary>SHA-256, lower-case hexadecimal, over the settings that change the sound and over the codec's tensors as float32.</summary>
    /// <param name="configFile">Path of config.json, for messages.</param>
    /// <param name="audioEncoder">Its member <c>audio_encoder</c>.</param>
    /// <param name="tensors">The checkpoint's tensors by name.</param>
    /// <exception cref="UserException">A tensor is not a floating type, or a field is missing or of the wrong kind.</exception>
    public static string Of(string configFile, JsonElement audioEncoder, IReadOnlyDictionary<string, SafetensorsFile> tensors)
    {
        var fingerprint = Fingerprint(configFile, audioEncoder);
        var lines = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, file) in tensors)
        {
            if (!SoundingTensor().IsMatch(name)) continue;
            var dimensions = string.Join('x', file.Entries[name].Shape.Select(size => size.ToString(CultureInfo.InvariantCulture)));
            var bytes = MemoryMarshal.AsBytes<float>(file.ReadFloat32(name));
            lines[OldSpelling(name)] = $"{dimensions} {Convert.ToHexStringLower(SHA256.HashData(bytes))}";
        }
        var text = new StringBuilder(fingerprint).Append('\n');
        foreach (var (name, hash) in lines) text.Append(name).Append(' ').Append(hash).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static string Fingerprint(string file, JsonElement config)
    {
        UserException Wrong(string name, string wanted) => new($"{file}: audio_encoder.{name} should be {wanted}. Fetch the file again.");
        JsonElement? Find(string name) => config.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
        bool Flag(string name) => Find(name) is { ValueKind: JsonValueKind.True };
        int Whole(JsonElement? value, string name) => value is { ValueKind: JsonValueKind.Number } found && found.TryGetInt32(out var number)
            ? number
            : throw Wrong(name, "a whole number");
        if (Find("upsampling_ratios") is not { ValueKind: JsonValueKind.Array } list) throw Wrong("upsampling_ratios", "a list of whole numbers");
        var ratios = string.Join(' ', list.EnumerateArray().Select(ratio => Whole(ratio, "upsampling_ratios")));
        var reflect = Find("pad_mode") is not { } mode || (mode.ValueKind == JsonValueKind.String && mode.ValueEquals("reflect"));
        var trim = Find("trim_right_ratio") is { ValueKind: JsonValueKind.Number } right ? right.GetDouble() : 1;
        return string.Create(CultureInfo.InvariantCulture,
            $"{Whole(Find("sampling_rate"), "sampling_rate")} Hz, ratios {ratios}, dilation {Whole(Find("dilation_growth_rate"), "dilation_growth_rate")}, ") +
            string.Create(CultureInfo.InvariantCulture, $"ConvolutionPadding {{ Causal = {Flag("use_causal_conv")}, Reflect = {reflect}, TrimRightRatio = {trim} }}");
    }

    /// <summary>Newer files name a weight's length and direction differently; the same codec must have the same hash.</summary>
    private static string OldSpelling(string name) => name
        .Replace("parametrizations.weight.original0", "weight_g", StringComparison.Ordinal)
        .Replace("parametrizations.weight.original1", "weight_v", StringComparison.Ordinal);

    /// <summary>The tensors that the codec computes with; a codebook's training statistics are not among them.</summary>
    [GeneratedRegex(@"^audio_encoder\.((encoder|decoder)\.layers\.\d+\..+|quantizer\.layers\.\d+\.codebook\.embed)$", RegexOptions.None, 1000)]
    private static partial Regex SoundingTensor();
}

using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Checkpoints;

/// <summary>
/// The codec's hash, from the files alone: equal to what the loaded codec says of itself (a test holds it against what the worker wrote into presets),
/// but without a tensor library. Codes mean the same sound wherever it is equal.
/// </summary>
public static partial class CodecHash
{
    /// <summary>SHA-256, lower-case hexadecimal, over what in the configuration changes the sound and over the codec's tensors as float32.</summary>
    /// <param name="audioEncoder">The member <c>audio_encoder</c> of config.json.</param>
    /// <param name="tensors">The checkpoint's tensors by name.</param>
    /// <exception cref="UserException">A tensor is of no floating type.</exception>
    public static string Of(JsonElement audioEncoder, IReadOnlyDictionary<string, SafetensorsFile> tensors)
    {
        var lines = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, file) in tensors)
        {
            if (!SoundingTensor().IsMatch(name)) continue;
            var dimensions = string.Join('x', file.Entries[name].Shape.Select(size => size.ToString(CultureInfo.InvariantCulture)));
            var bytes = MemoryMarshal.AsBytes<float>(file.ReadFloat32(name));
            lines[OldSpelling(name)] = $"{dimensions} {Convert.ToHexStringLower(SHA256.HashData(bytes))}";
        }
        var text = new StringBuilder(Fingerprint(audioEncoder)).Append('\n');
        foreach (var (name, hash) in lines) text.Append(name).Append(' ').Append(hash).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static string Fingerprint(JsonElement config)
    {
        bool Flag(string name) => config.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
        var ratios = string.Join(' ', config.GetProperty("upsampling_ratios").EnumerateArray().Select(ratio => ratio.GetInt32()));
        var reflect = !config.TryGetProperty("pad_mode", out var mode) || mode.ValueKind == JsonValueKind.Null || mode.ValueEquals("reflect");
        var trim = config.TryGetProperty("trim_right_ratio", out var right) && right.ValueKind == JsonValueKind.Number ? right.GetDouble() : 1;
        return string.Create(CultureInfo.InvariantCulture,
            $"{config.GetProperty("sampling_rate").GetInt32()} Hz, ratios {ratios}, dilation {config.GetProperty("dilation_growth_rate").GetInt32()}, ") +
            string.Create(CultureInfo.InvariantCulture, $"ConvolutionPadding {{ Causal = {Flag("use_causal_conv")}, Reflect = {reflect}, TrimRightRatio = {trim} }}");
    }

    /// <summary>Newer files write a weight's length and direction under other names: the same codec is the same codec.</summary>
    private static string OldSpelling(string name) => name
        .Replace("parametrizations.weight.original0", "weight_g", StringComparison.Ordinal)
        .Replace("parametrizations.weight.original1", "weight_v", StringComparison.Ordinal);

    /// <summary>Everything the codec computes with; a codebook's training statistics are not.</summary>
    [GeneratedRegex(@"^audio_encoder\.((encoder|decoder)\.layers\.\d+\..+|quantizer\.layers\.\d+\.codebook\.embed)$")]
    private static partial Regex SoundingTensor();
}

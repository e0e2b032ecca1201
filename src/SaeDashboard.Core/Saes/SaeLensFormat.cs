using System.Runtime.InteropServices;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Saes;

/// <summary>
/// SAELens folders: <c>cfg.json</c>, <c>sae_weights.safetensors</c> and, optionally, <c>sparsity.safetensors</c>. Unknown members of the
/// configuration are ignored; unknown tensors are errors.
/// </summary>
internal static class SaeLensFormat
{
    private const string SparsityFile = "sparsity.safetensors", SparsityTensor = "sparsity";

    /// <summary>A factor per latent that finetuning learns, before version 6. Versions 1 and 2 write ones without finetuning.</summary>
    private static readonly string[] FactorTensors = ["scaling_factor", "finetuning_scaling_factor"];

    /// <summary>torch.allclose's tolerance around 1, within which SAELens treats a factor as having no effect.</summary>
    private const double OneTolerance = 1e-5 + 1e-8;

    public static OpenSae Open(string folder)
    {
        var json = JsonObjectReader.Open(Path.Combine(folder, SaeFormat.SaeLens.ConfigFile()), SaeMetadataJson.Kind, unique: true);
        var config = SaeLensConfig.Parse(json);
        var scale = ActivationScale.Of(folder, config);
        if (scale is not null) config = config with { NormalizeActivations = InputNormalization.None };
        var file = SafetensorsFile.Open(Path.Combine(folder, SaeFormat.SaeLens.WeightsFile()));
        try
        {
            SaeTensorCheck.Require(file.Path, file.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Shape), config.TensorShapes(), FactorTensors,
                $"{config.Architecture.Name()} SAE", $"{SaeFormat.SaeLens.ConfigFile()} (d_in {config.DIn}, d_sae {config.DSae})");
            var factors = Factors(json, config, file);
            return new OpenSae(config, file, name => Values(file, name, factors, scale), () => ReadSparsity(folder, config));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public static void Write(string folder, SaeContents sae)
    {
        if (sae.Config.Architecture == SaeArchitecture.GroupMax) throw SaeConversion.CannotSay(SaeFormat.SaeLens, "groupmax SAEs");
        AtomicFile.WriteJson(Path.Combine(folder, SaeFormat.SaeLens.ConfigFile()), SaeLensConfig.ToJson(sae.Config));
        var weights = new SafetensorsWriter();
        foreach (var (name, shape) in sae.Config.TensorShapes()) weights.AddFloats(name, sae.Tensors[name], shape);
        weights.Save(Path.Combine(folder, SaeFormat.SaeLens.WeightsFile()));
        if (sae.Sparsity is not { } sparsity) return;
        var writer = new SafetensorsWriter();
        writer.Add(SparsityTensor, sparsity, sparsity.Length);
        writer.Save(Path.Combine(folder, SparsityFile));
    }

    /// <summary>x̂ = (f·factor)·W_dec + b_dec: the factors are folded into the decoder's rows. Null: none.</summary>
    private static float[]? Factors(JsonObjectReader json, SaeConfig config, SafetensorsFile file)
    {
        if (FactorTensors.FirstOrDefault(file.Contains) is not { } name) return null;
        if (!file.Entry(name).Shape.SequenceEqual([config.DSae]))
            throw new UserException($"{file.Path}: tensor \"{name}\" is {file.Entry(name).Describe()}, but there are {config.DSae} latents.");
        var factors = file.ReadFloat32(name);
        if (Array.TrueForAll(factors, factor => Math.Abs(factor - 1) <= OneTolerance)) return null;
        SaeLensFlatConfig.RequireFactors(json, name, file.Path);
        return factors;
    }

    private static float[] Values(SafetensorsFile file, string name, float[]? factors, double? scale)
    {
        var values = file.ReadFloat32(name);
        if (name == "W_dec" && factors is not null)
        {
            var width = values.Length / factors.Length;
            for (var i = 0; i < values.Length; i++) values[i] *= factors[i / width];
        }
        if (scale is { } s) ActivationScale.Fold(values, name, s);
        return values;
    }

    private static float[]? ReadSparsity(string folder, SaeConfig config)
    {
        var path = Path.Combine(folder, SparsityFile);
        if (!File.Exists(path)) return null;
        using var file = SafetensorsFile.Open(path);
        if (!file.Entry(SparsityTensor).Shape.SequenceEqual([config.DSae]))
        {
            throw new UserException($"{path}: tensor \"{SparsityTensor}\" is {file.Entry(SparsityTensor).Describe()}, but there are {config.DSae} latents. " +
                "Delete the file, or fetch it again.");
        }
        return file.ReadFloat32(SparsityTensor);
    }
}

/// <summary>
/// The factor s by which SAELens multiplies activations while it trains with <c>expected_average_only_in</c>. A final SAE has it folded into the
/// weights; a checkpoint of version 6 has it next to the weights.
/// </summary>
internal static class ActivationScale
{
    private const string FileName = "activation_scaler.json", Member = "scaling_factor";

    /// <summary>The factor that is not folded into the weights yet; null: none, or not in the folder.</summary>
    /// <exception cref="UserException">The file does not hold such a factor.</exception>
    public static double? Of(string folder, SaeConfig config)
    {
        var path = Path.Combine(folder, FileName);
        if (config.NormalizeActivations != InputNormalization.ExpectedAverageOnlyIn || !File.Exists(path)) return null;
        var json = JsonObjectReader.Open(path, SaeMetadataJson.Kind, unique: true);
        return json.NumberOrNone(Member) switch
        {
            null => null,
            > 0 and var factor => factor,
            _ => throw json.Wrong(Member, ": expected a number above 0."),
        };
    }

    /// <summary>The SAE of x·s as one of x: W_enc·s, W_dec/s, b_dec/s; biases and thresholds of the latents are unchanged.</summary>
    public static void Fold(Span<float> values, string tensor, double factor)
    {
        var by = tensor switch { "W_enc" => factor, "W_dec" or "b_dec" => 1 / factor, _ => 1 };
        foreach (ref var value in values) value = (float)(value * by);
    }
}

/// <summary>Writes an SAE's tensors into a safetensors file without copying them: W_enc and W_dec may have a gigabyte each.</summary>
internal static class SafetensorsFloats
{
    private const int Piece = 1 << 20;

    /// <summary>Adds float32 values, which must not change before the file is saved.</summary>
    public static void AddFloats(this SafetensorsWriter writer, string name, float[] values, params long[] shape) =>
        writer.AddStreamed(name, TensorDType.Float32, stream =>
        {
            for (var from = 0; from < values.Length; from += Piece)
                stream.Write(MemoryMarshal.AsBytes(values.AsSpan(from, Math.Min(Piece, values.Length - from))));
        }, shape);
}

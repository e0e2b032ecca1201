using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Saes;

/// <summary>
/// SAELens folders: <c>cfg.json</c>, <c>sae_weights.safetensors</c> and, where it is there, <c>sparsity.safetensors</c>. Members of the
/// configuration that this program does not know are ignored; tensors are not.
/// </summary>
internal static class SaeLensFormat
{
    private const string SparsityFile = "sparsity.safetensors", SparsityTensor = "sparsity";

    /// <summary>A factor of each latent that finetuning learnt, before version 6. Versions 1 and 2 wrote ones where there was none.</summary>
    private static readonly string[] FactorTensors = ["scaling_factor", "finetuning_scaling_factor"];

    /// <summary>torch.allclose's tolerance about 1, by which SAELens knows a factor that does nothing.</summary>
    private const double OneTolerance = 1e-5 + 1e-8;

    public static OpenSae Open(string folder)
    {
        var json = JsonMembers.Open(Path.Combine(folder, SaeFormat.SaeLens.ConfigFile()));
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

    /// <summary>x̂ = (f·factor)·W_dec + b_dec: the factors belong to the decoder's rows. Null: there are none.</summary>
    private static float[]? Factors(JsonMembers json, SaeConfig config, SafetensorsFile file)
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

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

    /// <summary>Ones, which version 5 wrote for a while into folders of SAEs without such a factor.</summary>
    private const string ScalingFactor = "scaling_factor";

    public static OpenSae Open(string folder)
    {
        var config = SaeLensConfig.Parse(JsonMembers.Open(Path.Combine(folder, SaeFormat.SaeLens.ConfigFile())));
        var file = SafetensorsFile.Open(Path.Combine(folder, SaeFormat.SaeLens.WeightsFile()));
        try
        {
            SaeTensorCheck.Require(file.Path, file.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Shape), config.TensorShapes(), [ScalingFactor],
                $"{config.Architecture.Name()} SAE", $"{SaeFormat.SaeLens.ConfigFile()} (d_in {config.DIn}, d_sae {config.DSae})");
            if (file.Contains(ScalingFactor) && file.ReadFloat32(ScalingFactor).Any(factor => factor != 1))
                throw new UserException($"{file.Path}: tensor \"{ScalingFactor}\" holds factors for the latents, which are not read here.");
            return new OpenSae(config, file, file.ReadFloat32, () => ReadSparsity(folder, config));
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
        foreach (var (name, shape) in sae.Config.TensorShapes()) weights.Add(name, sae.Tensors[name], shape);
        weights.Save(Path.Combine(folder, SaeFormat.SaeLens.WeightsFile()));
        if (sae.Sparsity is not { } sparsity) return;
        var writer = new SafetensorsWriter();
        writer.Add(SparsityTensor, sparsity, sparsity.Length);
        writer.Save(Path.Combine(folder, SparsityFile));
    }

    private static float[]? ReadSparsity(string folder, SaeConfig config)
    {
        var path = Path.Combine(folder, SparsityFile);
        if (!File.Exists(path)) return null;
        using var file = SafetensorsFile.Open(path);
        if (!file.Entry(SparsityTensor).Shape.SequenceEqual([config.DSae]))
            throw new UserException($"{path}: tensor \"{SparsityTensor}\" is {file.Entry(SparsityTensor).Describe()}, but there are {config.DSae} latents. Delete the file, or fetch it again.");
        return file.ReadFloat32(SparsityTensor);
    }
}

using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Core.TorchFiles;

namespace SaeDashboard.Core.Saes;

/// <summary>
/// dictionary_learning folders: <c>config.json</c> with the class (<c>trainer.dict_class</c>) and <c>ae.pt</c>, a state dict of torch.save. The
/// classes and their tensors are those of <see cref="DictionaryClass"/>.
/// </summary>
internal static class DictionaryLearningFormat
{
    public static OpenSae Open(string folder)
    {
        var json = JsonObjectReader.Open(Path.Combine(folder, SaeFormat.DictionaryLearning.ConfigFile()), SaeMetadataJson.Kind, unique: true);
        var name = json.ObjectOrEmpty("trainer").TextOrNone("dict_class");
        var kind = DictionaryClass.All.FirstOrDefault(each => each.Name == name)
            ?? throw json.ObjectOrEmpty("trainer").Wrong("dict_class", $"; known are {string.Join(", ", DictionaryClass.All.Select(each => each.Name))}.");
        var file = TorchFile.Open(Path.Combine(folder, SaeFormat.DictionaryLearning.WeightsFile()));
        try
        {
            var settings = DictionarySettings.Read(json, kind, file);
            var config = Config(json, kind, settings, file);
            RequireTensors(kind, config, file);
            settings.RequireFit(config.DSae, file.Path);
            var norms = new Lazy<double[]?>(() => kind.NormalizesDecoder ? DecoderNorms(Values("W_dec", kind, config, settings, file), config.DIn) : null);
            return new OpenSae(config, file, name =>
            {
                var values = Values(name, kind, config, settings, file);
                if (norms.Value is { } taken) SaeFolding.TakeIn(taken, name, values);
                return values;
            });
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public static void Write(string folder, SaeContents sae)
    {
        var config = sae.Config;
        SaeConversion.RequirePlain(SaeFormat.DictionaryLearning, config);
        var settings = DictionarySettings.Of(sae);
        var kind = settings.RequireClass(sae);
        AtomicFile.WriteJson(Path.Combine(folder, SaeFormat.DictionaryLearning.ConfigFile()), DictionaryMetadata.ToJson(config, kind, settings));

        var shapes = config.TensorShapes().ToDictionary(entry => entry.Name, entry => entry.Shape);
        TorchFileWriter.Save(Path.Combine(folder, SaeFormat.DictionaryLearning.WeightsFile()), [.. kind.Tensors.Select(tensor => tensor.Target is null
            ? settings.ToTensor(tensor.Source)
            : Floats(tensor.Source, Rearranged(tensor, shapes[tensor.Target], sae.Tensors[tensor.Target]), tensor.SourceShape(shapes[tensor.Target])))]);
    }

    /// <summary>
    /// The norms that the library multiplies the latents by; null if it does not. A direction of norm 0, on which the library fails, adds
    /// nothing for any latent and is unchanged.
    /// </summary>
    private static double[]? DecoderNorms(float[] decoder, int width)
    {
        var norms = SaeFolding.RowNorms(decoder, width);
        if (Array.TrueForAll(norms, IsOne)) return null;
        return Array.ConvertAll(norms, norm => norm > 0 ? norm : 1);
    }

    internal static bool IsOne(double norm) => Math.Abs(norm - 1) <= DictionaryClass.NormTolerance;

    private static TorchTensorData Floats(string name, float[] values, long[] shape) =>
        new(name, TensorDType.Float32, shape, TorchTensorData.RowMajor(shape), MemoryMarshal.AsBytes<float>(values).ToArray());

    private static float[] Rearranged(DictionaryTensor tensor, long[] shape, float[] values) =>
        tensor.Transposed ? RowMajor.Transpose(values, (int)shape[0], (int)shape[1]) : values;

    private static SaeConfig Config(JsonObjectReader json, DictionaryClass kind, DictionarySettings settings, TorchFile file)
    {
        var encoder = kind.Tensors.First(tensor => tensor.Target == "W_enc");
        if (!file.Tensors.TryGetValue(encoder.Source, out var weights) || weights.Shape.Count != 2 || weights.Shape.Any(size => size is < 1 or > int.MaxValue))
            throw new UserException($"{file.Path} has no matrix \"{encoder.Source}\", which {kind.Name} needs: is \"trainer.dict_class\" in {json.File} right?");
        var shape = encoder.SourceShape([.. weights.Shape]);
        var trainer = json.ObjectOrEmpty("trainer");
        foreach (var (member, size) in new[] { ("activation_dim", shape[0]), ("dict_size", shape[1]) })
        {
            if (trainer.IntegerOrNone(member) is { } said && said != size)
                throw trainer.Wrong(member, $", but tensor \"{encoder.Source}\" in {file.Path} is {weights.Describe()}: the two files do not belong together.");
        }
        return new SaeConfig
        {
            Architecture = kind.Architecture,
            DIn = (int)shape[0],
            DSae = (int)shape[1],
            K = kind.Architecture.HasK() ? settings.K!.Value : 0,
            ApplyBDecToInput = kind.ApplyBDecToInput,
            Metadata = DictionaryMetadata.Parse(json, settings),
        };
    }

    private static void RequireTensors(DictionaryClass kind, SaeConfig config, TorchFile file)
    {
        var shapes = config.TensorShapes().ToDictionary(entry => entry.Name, entry => entry.Shape);
        var wanted = kind.Tensors.Where(tensor => tensor.Target is not null && !IsShared(tensor, kind))
            .Select(tensor => (tensor.Source, tensor.SourceShape(shapes[tensor.Target!]))).ToList();
        var settings = kind.Tensors.Where(tensor => tensor.Target is null).Select(tensor => tensor.Source).ToList();
        SaeTensorCheck.Require(file.Path, file.Tensors.ToDictionary(entry => entry.Key, entry => entry.Value.Shape), wanted, settings,
            kind.Name, $"{SaeFormat.DictionaryLearning.ConfigFile()} (activation_dim {config.DIn}, dict_size {config.DSae})");
        if (file.Numbers.Keys.FirstOrDefault(name => !settings.Contains(name)) is { } unknown)
            throw new UserException($"{file.Path} has a number \"{unknown}\" that {kind.Name} does not know: is \"trainer.dict_class\" right?");
    }

    private static bool IsShared(DictionaryTensor tensor, DictionaryClass kind) => kind.SharesThreshold && tensor.Target == DictionaryClass.Threshold;

    private static float[] Values(string name, DictionaryClass kind, SaeConfig config, DictionarySettings settings, TorchFile file)
    {
        if (kind.SharesThreshold && name == DictionaryClass.Threshold)
        {
            var thresholds = new float[config.DSae];
            Array.Fill(thresholds, settings.Threshold!.Value);
            return thresholds;
        }
        var tensor = kind.Tensors.First(each => each.Target == name);
        var values = file.ReadFloat32(tensor.Source);
        var shape = tensor.SourceShape(config.TensorShapes().First(entry => entry.Name == name).Shape);
        return Rearranged(tensor, shape, values);
    }
}

/// <summary>The origin of a dictionary_learning SAE, in its <c>config.json</c>.</summary>
internal static class DictionaryMetadata
{
    /// <summary>The metadata member that keeps the library's own members.</summary>
    public const string Member = "dictionary_learning";

    private const string Trainer = "trainer", Buffer = "buffer";

    public static SaeMetadata Parse(JsonObjectReader json, DictionarySettings settings)
    {
        var (trainer, buffer) = (json.ObjectOrEmpty(Trainer), json.ObjectOrEmpty(Buffer));
        var metadata = SaeMetadataJson.Parse(json.ObjectOrEmpty(SaeMetadataJson.Member));
        buffer.Refuse("io", buffer.Text("io", "out") != "out", "activations in front of a module, or of both sides");
        metadata = metadata with
        {
            ModelName = metadata.ModelName ?? trainer.TextOrNone("lm_name"),
            HookName = metadata.HookName ?? trainer.TextOrNone("submodule_name"),
            ContextSize = metadata.ContextSize ?? buffer.IntegerOrNone("ctx_len"),
        };
        var kept = new JsonObject { [Trainer] = JsonObject.Create(trainer.Element), [Buffer] = JsonObject.Create(buffer.Element) };
        if (settings.K is { } k) kept["k"] = k;
        if (settings.Threshold is { } threshold && float.IsFinite(threshold)) kept["threshold"] = threshold;
        if (settings.GroupSizes is { } sizes) kept["group_sizes"] = new JsonArray([.. sizes.Select(size => JsonValue.Create(size))]);
        metadata.Others[Member] = kept;
        return metadata;
    }

    public static JsonObject ToJson(SaeConfig config, DictionaryClass kind, DictionarySettings settings)
    {
        var kept = config.Metadata.Others[Member] as JsonObject;
        var trainer = kept?[Trainer]?.DeepClone() as JsonObject ?? new JsonObject { ["trainer_class"] = "SaeDashboard" };
        trainer["dict_class"] = kind.Name;
        trainer["activation_dim"] = config.DIn;
        trainer["dict_size"] = config.DSae;
        trainer["device"] ??= "cpu";
        trainer["layer"] ??= config.Metadata.Layer;
        trainer["lm_name"] ??= config.Metadata.ModelName;
        trainer["submodule_name"] ??= config.Metadata.HookName;
        if (settings.K is { } k && kind.Has(DictionaryClass.K)) trainer["k"] = k;
        return new JsonObject
        {
            [Trainer] = trainer,
            [Buffer] = kept?[Buffer]?.DeepClone() as JsonObject ?? new JsonObject { ["ctx_len"] = config.Metadata.ContextSize },
            [SaeMetadataJson.Member] = SaeMetadataJson.ToJson(config.Metadata, forSaeLens: false, Member),
        };
    }
}

namespace SaeDashboard.Core.Checkpoints;

/// <summary>Says what a folder holds instead of a model that can be read.</summary>
public static class ForeignFolder
{
    private const string AdapterConfig = "adapter_config.json";

    /// <summary>What a part of a name begins with by which peft's tuners (0.17) know their own tensors.</summary>
    private static readonly string[] AdapterPrefixes =
        ["lora_", "hada_", "lokr_", "ia3_", "oft_", "boft_", "vera_lambda_", "vblora_", "fourierft_", "hra_", "bone_", "ln_tuning_", "poly_", "randlora_", "shira_"];

    /// <summary>The message of a folder without a file that a model has.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="missing">The file.</param>
    public static UserException Without(string folder, string missing)
    {
        if (Adapter(folder) is { } adapter)
            return new UserException($"{folder} holds only a LoRA adapter ({adapter}), not the model it belongs to. {Merge}");
        if (First(folder, "*.onnx") is { } onnx)
            return new UserException($"{folder} holds ONNX files ({onnx}), which are not read here. Fetch the original model: its config.json, tokenizer.json and model.safetensors.");
        if ((First(folder, "*.bin") ?? First(folder, "*.pt")) is { } pickled)
            return new UserException($"{folder} has no {missing}: {pickled} is not read here. Fetch the safetensors files of this model, or convert it to them.");
        return new UserException($"{folder} has no {missing}: it is not a model's folder, or its download is incomplete. Fetch it again.");
    }

    /// <summary>Refuses a model beside an adapter that is not merged into it: without it, another function would be computed.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="tensors">Its tensors' names.</param>
    /// <exception cref="UserException">There is an adapter; the message says how to merge it.</exception>
    public static void RefuseAdapter(string folder, IEnumerable<string> tensors)
    {
        if (tensors.FirstOrDefault(name => name.Split('.').Any(part => AdapterPrefixes.Any(prefix => part.StartsWith(prefix, StringComparison.Ordinal)))) is { } tensor)
            throw new UserException($"{folder}: the tensor “{tensor}” belongs to an adapter (such as LoRA's) that is not merged into the weights. {Merge}");
        if (Adapter(folder) is { } adapter)
            throw new UserException($"{folder} has a LoRA adapter ({adapter}) beside its weights, which is not applied here. {Merge} To use the model without the adapter, move the adapter's files out of the folder.");
    }

    private const string Merge = "Merge it with peft: PeftModel.from_pretrained(base, adapter).merge_and_unload().save_pretrained(folder), then give that folder.";

    private static string? Adapter(string folder) => First(folder, AdapterConfig) ?? First(folder, "adapter_model.*");

    private static string? First(string folder, string pattern) =>
        Directory.EnumerateFiles(folder, pattern, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
            .Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal).FirstOrDefault();
}

using System.CommandLine;
using SaeDashboard.Core.Saes;

namespace SaeDashboard.Worker.CommandLine;

/// <summary>Options that mean the same in every verb that has them. Each call makes a new one: an option has one parent.</summary>
internal static class CommonOptions
{
    public static Option<string> Model() => new("--model") { Description = "Model folder (Hugging Face MusicGen: config.json, model.safetensors, tokenizer.json)", Required = true, HelpName = "DIR" };

    public static Option<string> Sae() => new("--sae") { Description = $"SAE folder: {SaeFormats.Known}", Required = true, HelpName = "DIR" };

    public static Option<string> Dataset() => new("--dataset") { Description = "Data set folder (metadata.jsonl, codes.safetensors)", Required = true, HelpName = "DIR" };

    public static Option<string> Split(string standard) => new Option<string>("--split") { Description = "Which clips of the data set", HelpName = "NAME" }.Default(standard);

    public static Option<string> Out(string what) => new("--out") { Description = what, Required = true, HelpName = "PATH" };

    public static Option<string> DType()
    {
        var option = new Option<string>("--dtype") { Description = "What the language model's weights are rounded to; float16 is for GPUs", HelpName = "TYPE" }.Default("float32");
        option.AcceptOnlyFromAmong("float32", "bfloat16", "float16");
        return option;
    }

    public static Option<string> Device() => new Option<string>("--device") { Description = "Where the model computes: cpu, cuda, cuda:0 … or auto (a GPU where there is one)", HelpName = "DEVICE" }.Default("cpu");
}

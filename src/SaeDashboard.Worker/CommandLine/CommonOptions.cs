using System.CommandLine;
using SaeDashboard.Core.Saes;

namespace SaeDashboard.Worker.CommandLine;

/// <summary>Options that mean the same in every verb that has them. Each call makes a new one: an option has one parent.</summary>
internal static class CommonOptions
{
    public static Option<string> Model() => new("--model") { Description = "Model folder (Hugging Face MusicGen: config.json, model.safetensors, tokenizer.json)", Required = true, HelpName = "dir" };

    public static Option<string> Sae() => new("--sae") { Description = $"SAE folder: {SaeFormats.Known}", Required = true, HelpName = "dir" };

    public static Option<string> Dataset() => new("--dataset") { Description = "Data set folder (metadata.jsonl, codes.safetensors)", Required = true, HelpName = "dir" };

    public static Option<string> Split(string standard) => new Option<string>("--split") { Description = "Which clips of the data set", HelpName = "name" }.Default(standard);

    public static Option<string> Point(string with = "")
    {
        var option = new Option<string>("--point") { Description = $"{with}Which of each layer's points: {string.Join(", ", SaeHook.Points)}", HelpName = "name" }.Default(SaeHook.ResidualPost);
        option.AcceptOnlyFromAmong([.. SaeHook.Points]);
        return option;
    }

    public static Option<string> Out(string what) => new("--out") { Description = what, Required = true, HelpName = "path" };

    /// <param name="standard">Without it: this; null: what <paramref name="otherwise"/> says.</param>
    /// <param name="otherwise">What holds where the option is left out and has no default of its own, for the help.</param>
    public static Option<string?> DType(string? standard = ComputeNames.Float32, string otherwise = "")
    {
        var option = new Option<string?>("--dtype") { Description = "What the language model's weights are rounded to: float32, bfloat16 or, on a GPU, float16" + otherwise, HelpName = "type" };
        if (standard is not null) option.Default(standard);
        option.AcceptOnlyFromAmong([.. ComputeNames.Types]);
        return option;
    }

    /// <param name="standard">Without it: this; null: what <paramref name="otherwise"/> says.</param>
    /// <param name="otherwise">What holds where the option is left out and has no default of its own, for the help.</param>
    public static Option<string?> Device(string? standard = ComputeNames.Cpu, string otherwise = "")
    {
        var option = new Option<string?>("--device") { Description = "What computes: cpu, cuda, cuda:0 … or auto (a GPU where there is one)" + otherwise, HelpName = "device" };
        if (standard is not null) option.Default(standard);
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !ComputeNames.IsDevice(result.Tokens[0].Value)) result.AddError($"--device {result.Tokens[0].Value}: write cpu, cuda, cuda:0 or auto.");
        });
        return option;
    }
}

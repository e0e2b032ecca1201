using System.CommandLine;
using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using SaeDashboard.Core.Saes;
using SaeDashboard.MusicGen;

namespace SaeDashboard.Worker.CommandLine;

/// <summary>Options that mean the same in every verb that has them. Each call makes a new one: an option has one parent.</summary>
internal static class CommonOptions
{
    public static Option<string> Model() => new("--model") { Description = "Model folder (Hugging Face MusicGen: config.json, model.safetensors, tokenizer.json)", Required = true, HelpName = "dir" };

    public static Option<string> Sae() => new("--sae") { Description = $"SAE folder: {SaeFormats.Known}", Required = true, HelpName = "dir" };

    public static Option<string> Dataset() => new("--dataset") { Description = "Dataset folder (metadata.jsonl, codes.safetensors)", Required = true, HelpName = "dir" };

    public static Option<string> Split(string standard) => new Option<string>("--split") { Description = "Which clips of the dataset", HelpName = "name" }.Default(standard);

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

/// <summary>The two options that say how a model computes, as one verb's.</summary>
internal sealed class ComputeOptions
{
    private readonly Option<string?> typeOption = CommonOptions.DType();
    private readonly Option<string?> deviceOption;

    /// <param name="verb">The verb.</param>
    /// <param name="parts">What of the verb's work stays on the CPU, for the help.</param>
    public ComputeOptions(Command verb, string parts = "")
    {
        deviceOption = CommonOptions.Device(otherwise: parts);
        verb.Options.Add(typeOption);
        verb.Options.Add(deviceOption);
    }

    /// <exception cref="Core.UserException">There is no such device, or it does not compute in this type.</exception>
    public ModelOptions Read(VerbContext context)
    {
        var options = new ModelOptions(ModelOptions.ParseType(context.Get(typeOption)!), ComputeDevice.Parse(context.Get(deviceOption)!));
        options.Require();
        return options;
    }
}

/// <summary>
/// An option whose values are an enumeration's, written in kebab-case: <c>at-least</c>. The spellings of files and of earlier versions,
/// <c>atLeast</c> and <c>AtLeast</c>, are read too.
/// </summary>
internal sealed partial class EnumOption<T> : Option<string> where T : struct, Enum
{
    public EnumOption(string name, T standard) : base(name)
    {
        DefaultValueFactory = _ => Spell(standard);
        CompletionSources.Add([.. Enum.GetValues<T>().Select(Spell)]);
        Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => Parse(token.Value) is null))
                result.AddError($"{name} {token.Value}: expected {string.Join(", ", Enum.GetValues<T>().Select(Spell))}.");
        });
    }

    /// <summary>The value that was parsed; the option's validator has refused every other text.</summary>
    public static T Read(string text) => Parse(text) ?? throw new FormatException($"{text} is not a {typeof(T).Name}.");

    private static string Spell(T value) => Hump().Replace(EnumJson.Name(value), "-$0").ToLowerInvariant();

    private static T? Parse(string text) => EnumJson.Parse<T>(text.Replace("-", "", StringComparison.Ordinal));

    [GeneratedRegex("[A-Z]", RegexOptions.None, 1000)]
    private static partial Regex Hump();
}

/// <summary>Rules that several verbs put on their options; a broken rule is exit code 2.</summary>
internal static class OptionRules
{
    /// <summary>The value must lie in [<paramref name="low"/>, <paramref name="high"/>].</summary>
    public static Option<T> Between<T>(this Option<T> option, T low, T high) where T : struct, INumber<T>
    {
        option.Validators.Add(result =>
        {
            if (result.Implicit || result.Tokens.Count == 0) return;
            if (!T.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var value)) return;
            if (!(value >= low && value <= high)) result.AddError($"{option.Name} is {value}: it must be from {low} to {high}.");
        });
        return option;
    }

    /// <summary>Numbers have a point, no commas (2,5 would be read as 25), and are numbers: not NaN, and not beyond what a double holds.</summary>
    public static void ReadStrictly(Command command)
    {
        foreach (var option in command.Options.Where(option => (Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType) is var type && (type == typeof(double) || type == typeof(float))))
        {
            option.Validators.Add(result =>
            {
                if (result.Tokens.FirstOrDefault(token => token.Value.Contains(',', StringComparison.Ordinal) || (double.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && !double.IsFinite(value))) is { } wrong)
                    result.AddError($"{option.Name} is {wrong.Value}: expected a number with a decimal point and no commas, such as 2.5.");
            });
        }
    }

    /// <summary>An option of an earlier version: an error names the present one.</summary>
    public static Option<string> Renamed(string former, Option now)
    {
        var option = new Option<string>(former) { Hidden = true };
        option.Validators.Add(result => result.AddError($"{former} is called {now.Name} now."));
        return option;
    }

    /// <summary>A default that shows in the help text.</summary>
    public static Option<T> Default<T>(this Option<T> option, T value)
    {
        option.DefaultValueFactory = _ => value;
        return option;
    }
}

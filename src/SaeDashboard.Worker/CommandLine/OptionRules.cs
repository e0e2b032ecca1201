using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace SaeDashboard.Worker.CommandLine;

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

    /// <summary>A default that shows in the help text.</summary>
    public static Option<T> Default<T>(this Option<T> option, T value)
    {
        option.DefaultValueFactory = _ => value;
        return option;
    }
}

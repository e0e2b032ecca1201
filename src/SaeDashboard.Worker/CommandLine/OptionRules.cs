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

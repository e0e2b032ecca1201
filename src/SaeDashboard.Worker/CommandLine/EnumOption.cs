using System.CommandLine;
using System.Text.RegularExpressions;

namespace SaeDashboard.Worker.CommandLine;

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

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Hump();
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace SaeDashboard.Architecture.Tests;

/// <summary>
/// Counts words and turns of phrase that were retired when the project moved to plain English, in code, comments, texts and documentation.
/// docs/glossary.md says which word to use for each thing.
/// </summary>
public sealed partial class RetiredWordsTests
{
    private static readonly Regex[] Retired =
    [
        Anew(), Told(), LiesOrStands(), GoesOn(), BeHad(), IsNo(), Beside(), People(), SoMany(), IsWanted(), OfLate(), Mend(),
    ];

    /// <summary>
    /// The most hits per 10,000 lines for each folder. The goal is 5 everywhere. A folder with a higher number has what was left when this
    /// test was written, rounded up: lower the number when the count falls, never raise it. A folder within another counts by itself.
    /// </summary>
    [Theory]
    [InlineData("docs", 5)]
    [InlineData("README.md", 5)]
    [InlineData("wwwroot", 5)]
    [InlineData("tests", 5)]
    [InlineData("tests/SaeDashboard.Web.Tests", 5)]
    [InlineData("src/SaeDashboard.Clap", 5)]
    [InlineData("src/SaeDashboard.Contracts", 5)]
    [InlineData("src/SaeDashboard.Core", 5)]
    [InlineData("src/SaeDashboard.Labelling", 5)]
    [InlineData("src/SaeDashboard.MusicGen", 5)]
    [InlineData("src/SaeDashboard.Sae", 5)]
    [InlineData("src/SaeDashboard.Storage", 5)]
    [InlineData("src/SaeDashboard.Torch.Extensions", 5)]
    [InlineData("src/SaeDashboard.Web", 5)]
    [InlineData("src/SaeDashboard.Worker", 5)]
    public void Retired_words_stay_retired(string place, int per10000Lines)
    {
        // Documentation quotes names of tests; they are counted where they are.
        var names = place.StartsWith("tests", StringComparison.Ordinal);
        var lines = 0;
        var hits = new List<string>();
        foreach (var file in Files(place))
        {
            var number = 0;
            foreach (var line in File.ReadLines(file))
            {
                number++;
                foreach (var word in Retired)
                    hits.AddRange(word.Matches(names ? Spaced(line) : line).Select(match => $"{Repository.Relative(file)}:{number}: “{match.Value}”"));
            }
            lines += number;
        }
        Assert.NotEqual(0, lines);
        Assert.True(hits.Count * 10_000L <= (long)per10000Lines * lines, string.Create(CultureInfo.InvariantCulture,
            $"{hits.Count} retired words in {lines} lines of {place}, more than {per10000Lines} per 10,000:{Environment.NewLine}{string.Join(Environment.NewLine, hits)}"));
    }

    [Fact]
    public void Every_project_has_a_limit()
    {
        Assert.Empty(Repository.Projects.Select(project => $"src/{project}").Except(Places));
    }

    [Theory]
    [InlineData("drawn anew", 1)]
    [InlineData("the page is told; whoever asks", 2)]
    [InlineData("it lies beside the file that stands there", 3)]
    [InlineData("the run goes on, going on where it went on", 3)]
    [InlineData("where it is to be had", 1)]
    [InlineData("it is no number, and these are no columns", 2)]
    [InlineData("there is no such run; it is no longer here; it is no more than 5", 0)]
    [InlineData("nobody, somebody and anybody", 3)]
    [InlineData("so many at most; a whole number is wanted; of late; mended", 4)]
    [InlineData("The_page_is_told_and_nobody_waits", 2)]
    [InlineData("besides, a standing order belies an amendment", 0)]
    public void The_patterns_find_the_words_and_nothing_else(string text, int expected) =>
        Assert.Equal(expected, Retired.Sum(word => word.Count(Spaced(text))));

    private static string[] Places => [.. typeof(RetiredWordsTests).GetMethod(nameof(Retired_words_stay_retired))!.GetCustomAttributes(typeof(InlineDataAttribute), false)
        .Select(each => (string)((InlineDataAttribute)each).Data[0]!)];

    // Test names read as sentences.
    private static string Spaced(string line) => line.Replace('_', ' ');

    // The glossary lists words that are not used; this file lists these.
    private static IEnumerable<string> Files(string place) => File.Exists(Path.Combine(Repository.Root, place))
        ? [Path.Combine(Repository.Root, place)]
        : Repository.SourceFiles(place, ".cs", ".razor", ".js", ".css", ".md")
            .Where(path => Path.GetFileName(path) is not ("glossary.md" or nameof(RetiredWordsTests) + ".cs"))
            .Where(path => !Places.Any(inner => inner.StartsWith(place + "/", StringComparison.Ordinal) && Repository.Relative(path).StartsWith(inner + "/", StringComparison.Ordinal)));

    [GeneratedRegex(@"\b(anew|whoever)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Anew();

    [GeneratedRegex(@"\btold\b", RegexOptions.IgnoreCase)]
    private static partial Regex Told();

    [GeneratedRegex(@"\b(lies|stands)\b", RegexOptions.IgnoreCase)]
    private static partial Regex LiesOrStands();

    [GeneratedRegex(@"\b(go|goes|going|went|gone) on\b", RegexOptions.IgnoreCase)]
    private static partial Regex GoesOn();

    [GeneratedRegex(@"\bbe had\b", RegexOptions.IgnoreCase)]
    private static partial Regex BeHad();

    [GeneratedRegex(@"(?<!there )\b(is|are|was|were) no (?!longer\b|more than\b)", RegexOptions.IgnoreCase)]
    private static partial Regex IsNo();

    [GeneratedRegex(@"\bbeside\b", RegexOptions.IgnoreCase)]
    private static partial Regex Beside();

    [GeneratedRegex(@"\b(nobody|somebody|anybody)\b", RegexOptions.IgnoreCase)]
    private static partial Regex People();

    [GeneratedRegex(@"\bso many\b", RegexOptions.IgnoreCase)]
    private static partial Regex SoMany();

    [GeneratedRegex(@"\b(is|are) wanted\b", RegexOptions.IgnoreCase)]
    private static partial Regex IsWanted();

    [GeneratedRegex(@"\bof late\b", RegexOptions.IgnoreCase)]
    private static partial Regex OfLate();

    [GeneratedRegex(@"\bmend(s|ed)?\b", RegexOptions.IgnoreCase)]
    private static partial Regex Mend();
}

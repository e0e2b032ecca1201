using System.Text.RegularExpressions;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Shell;

namespace SaeDashboard.Web.Tests.Shell;

/// <summary>The definitions that pages show on hover.</summary>
public sealed partial class TermsTests
{
    [Fact]
    public void Every_term_that_a_page_explains_has_a_definition()
    {
        var used = Directory.EnumerateFiles(Path.Combine(CloneRoot.Find(), "src", "SaeDashboard.Web"), "*.razor", SearchOption.AllDirectories)
            .SelectMany(file => Used().Matches(File.ReadAllText(file)).Select(match => (File: Path.GetFileName(file), Term: match.Groups["term"].Value)))
            .Where(each => !each.Term.StartsWith('@')).ToList();
        Assert.True(used.Count >= 6, $"{used.Count} terms found");
        Assert.All(used, each => Assert.True(Terms.All.Contains(each.Term), $"{each.File}: “{each.Term}”"));
    }

    [Fact]
    public void Every_definition_is_a_sentence_of_a_word_that_the_glossary_has()
    {
        var glossary = File.ReadAllLines(Path.Combine(CloneRoot.Find(), "docs", "glossary.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Select(line => line.Split('|')[1].Trim().ToLowerInvariant()).ToList();
        Assert.All(Terms.All, term =>
        {
            Assert.EndsWith(".", Terms.Of(term), StringComparison.Ordinal);
            Assert.True(glossary.Any(word => word.Contains(term.ToLowerInvariant(), StringComparison.Ordinal)) || term is "fires in", $"“{term}” is not in docs/glossary.md");
        });
    }

    [GeneratedRegex("""(?:<Term Name|Term)="(?<term>[^"]+)"(?!>?@)""")]
    private static partial Regex Used();
}

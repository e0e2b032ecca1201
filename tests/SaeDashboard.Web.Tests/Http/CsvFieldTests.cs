using SaeDashboard.Web.Runs;

namespace SaeDashboard.Web.Tests.Http;

/// <summary>Text in a cell of a CSV table.</summary>
public sealed class CsvFieldTests
{
    [Theory]
    [InlineData("loss", "loss")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@sum", "'@sum")]
    [InlineData("  =1", "'  =1")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("=a,b", "\"'=a,b\"")]
    [InlineData("", "")]
    public void It_is_quoted_by_one_rule_and_never_a_formula(string text, string cell) => Assert.Equal(cell, CsvField.Text(text));
}

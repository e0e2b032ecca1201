using SaeDashboard.Web.Presets;

namespace SaeDashboard.Web.Tests.Presets;

/// <summary>How strengths and names are written.</summary>
public sealed class PresetTextTests
{
    [Theory]
    [InlineData("add", 3, "+3.0 × p99", "1.50")]
    [InlineData("clamp", -1.25, "−1.25 × p99", "−0.63")]
    [InlineData("add", 0, "+0.0 × p99", "0.00")]
    [InlineData("scale", 2, "× 2.0", null)]
    [InlineData("scale", -0.5, "× −0.5", null)]
    [InlineData("ablate", 0, "off", null)]
    public void A_strength_has_its_unit(string mode, double strength, string amount, string? raw)
    {
        var steer = new SteerView(1, null, null, strength, mode, 0.5, null);
        Assert.Equal((amount, raw), (steer.Amount, steer.Raw));
    }

    [Theory]
    [InlineData("Rock beat, loud!", "rock-beat-loud")]
    [InlineData("../../etc/passwd", "etc-passwd")]
    [InlineData("日本", "preset")]
    [InlineData("", "preset")]
    public void A_name_becomes_a_files_name(string name, string slug) => Assert.Equal(slug, PresetNames.Slug(name));

    [Theory]
    [InlineData("C:\\temp\\a.json", "a.json")]
    [InlineData("/etc/a.json", "a.json")]
    [InlineData("a\nb.json", "ab.json")]
    [InlineData(null, "The file")]
    public void A_files_name_is_shown_without_its_folders(string? name, string shown) => Assert.Equal(shown, PresetNames.File(name));
}

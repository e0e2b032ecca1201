using System.Security.Cryptography;
using System.Text.Json;
using Bunit;
using Microsoft.AspNetCore.Components.Forms;
using SaeDashboard.Core.Takes;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>A direction that the worker measured, taken up as a control.</summary>
public sealed class DirectionFileTests
{
    private static readonly byte[] Values = [0, 0, 128, 63, 0, 0, 0, 64];

    private static readonly TakeDirection Good = new(Convert.ToHexStringLower(SHA256.HashData(Values)), Convert.ToBase64String(Values), "layers.4.resid_post") { Positive = "captions with “organ”", Negative = "all others" };

    [Fact]
    public async Task A_direction_is_read_and_named()
    {
        await using var page = new BunitContext();
        TakeDirection? chosen = null;
        var field = page.Render<DirectionFile>(parameters => parameters.Add(each => each.Hook, "layers.4.resid_post").Add(each => each.Chosen, direction => chosen = direction));
        Upload(field, JsonSerializer.Serialize(Good, JsonDefaults.Lines));
        await field.WaitForAssertionAsync(() => Assert.Equal(Good, chosen));
        field.Render(parameters => parameters.Add(each => each.Direction, chosen));
        Assert.Contains("captions with “organ” − all others, at layers.4.resid_post", field.Find(".ellipsis").TextContent, StringComparison.Ordinal);
        await field.Find("button").ClickAsync(new());
        Assert.Null(chosen);
    }

    [Theory]
    [InlineData("{", "is not a direction")]
    [InlineData("null", "holds no direction")]
    [InlineData("{\"hash\":\"x\"}", "is not a direction")]
    [InlineData("other values", "other values than its hash says")]
    [InlineData("other hook", "was measured at layers.5.resid_post")]
    public async Task What_is_none_is_refused_with_the_files_name(string text, string expected)
    {
        await using var page = new BunitContext();
        var taken = false;
        var field = page.Render<DirectionFile>(parameters => parameters.Add(each => each.Hook, "layers.4.resid_post").Add(each => each.Chosen, _ => taken = true));
        Upload(field, text switch
        {
            "other values" => JsonSerializer.Serialize(Good with { Values = Convert.ToBase64String([.. Values, 0, 0, 0, 0]) }, JsonDefaults.Lines),
            "other hook" => JsonSerializer.Serialize(Good with { Hook = "layers.5.resid_post" }, JsonDefaults.Lines),
            _ => text,
        });
        await field.WaitForAssertionAsync(() => Assert.Contains(expected, field.Find("[role=alert]").TextContent, StringComparison.Ordinal));
        Assert.StartsWith("organ.json", field.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.False(taken);
    }

    private static void Upload(IRenderedComponent<DirectionFile> field, string text) => field.FindComponent<InputFile>().UploadFiles(InputFileContent.CreateFromText(text, "organ.json"));
}

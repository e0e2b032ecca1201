using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Saes;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Tests.Api;
using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Tests.Presets;

/// <summary>Counterparts in another SAE: held against cosines that are computed here with doubles.</summary>
public sealed class PresetRemapTests(ApiSite site) : IClassFixture<ApiSite>
{
    private static readonly string Demo = Path.Combine(Repository.Root, "demo", "sae");

    [Fact]
    public void A_decoder_row_finds_itself_a_turned_one_its_nearest_and_a_mixture_is_what_doubles_say()
    {
        var sae = SaeFolders.Read(Demo);
        var (width, values) = (sae.Config.DIn, sae.Tensors["W_dec"]);
        float[] Row(int row) => values.AsSpan(row * width, width).ToArray();
        var rows = DecoderRows.Read(Demo, [7, 448]);
        float[] mixed = [.. Row(7).Zip(Row(448), (a, b) => 0.8f * a - 0.3f * b)];
        var nearest = DecoderRows.Nearest(Demo, [rows[0], [.. rows[1].Select(value => 5 * value)], mixed, new float[width]], TestContext.Current.CancellationToken);
        Assert.Equal([7, 448], nearest.Take(2).Select(each => each.Feature));
        Assert.All(nearest.Take(2), each => Assert.Equal(1, each.Cosine, 1e-5));
        var best = Enumerable.Range(0, sae.Config.DSae).Select(row => (Row: row, Cosine: Cosine(Row(row), mixed))).MaxBy(each => each.Cosine);
        Assert.Equal(best.Row, nearest[2].Feature);
        Assert.Equal(best.Cosine, nearest[2].Cosine, 1e-5);
        Assert.Equal(0, nearest[3].Cosine);
        Assert.Contains("width 3", Assert.Throws<Core.UserException>(() => DecoderRows.Nearest(Demo, [new float[3]], TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Assert.Throws<Core.UserException>(() => DecoderRows.Read(Demo, [99_999]));
    }

    [Fact]
    public void A_direction_in_a_preset_has_the_cosine_of_the_row()
    {
        var row = DecoderRows.Read(Demo, [448])[0];
        Assert.Equal(1, Cosine(row, DecoderDirection.FromBase64(DecoderDirection.ToBase64(row)!, "a")), 1e-5);
        Assert.Null(DecoderDirection.ToBase64(new float[8]));
        Assert.Null(DecoderDirection.ToBase64([float.NaN]));
        foreach (var bad in new[] { "", "****", "AA==", "AHw=", new string('A', 30_000) }) Assert.Throws<Core.UserException>(() => DecoderDirection.FromBase64(bad, "a"));
    }

    [Fact]
    public async Task A_preset_of_an_SAE_that_is_not_here_finds_its_features_by_the_directions_it_carries()
    {
        var rows = DecoderRows.Read(Demo, [7, 448]);
        var preset = PresetFixture.Demo() with
        {
            Seed = 77,
            Sae = new PresetSae("Elsewhere", new string('9', 64), "layers.4.resid_post"),
            Steers = [new PresetSteer(1, 2, "add", 0.5, "first", DecoderDirection.ToBase64(rows[1])), new PresetSteer(2, -1, "add", 0.5, null, DecoderDirection.ToBase64([.. rows[0].Select((_, place) => place == 3 ? 1f : 0f)]))],
        };
        var id = site.App.Services.GetRequiredService<PresetRepository>().Add(preset, site.Person);
        var body = await site.GetAsync($"/api/v1/presets/{id}/remap?sae={site.Sae}");
        var features = body.GetProperty("features");
        Assert.Equal((448, true), (features[0].GetProperty("feature").GetInt32(), features[0].GetProperty("found").GetBoolean()));
        Assert.False(features[1].GetProperty("found").GetBoolean());
        Assert.StartsWith("/studio?settings=", body.GetProperty("page").GetString(), StringComparison.Ordinal);
        var without = site.App.Services.GetRequiredService<PresetRepository>().Add(preset with { Seed = 78, Steers = [preset.Steers[0] with { Direction = null }] }, site.Person);
        var (status, problem) = await site.SendAsync(HttpMethod.Get, $"/api/v1/presets/{without}/remap?sae={site.Sae}");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("does not carry the direction of #1", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await site.SendAsync(HttpMethod.Get, $"/api/v1/presets/{id}/remap?sae=none")).Status);
        Assert.Equal(PresetRemap.Threshold, body.GetProperty("threshold").GetDouble());
    }

    private static double Cosine(float[] a, float[] b) =>
        a.Zip(b, (x, y) => (double)x * y).Sum() / Math.Sqrt(a.Sum(x => (double)x * x)) / Math.Sqrt(b.Sum(y => (double)y * y));
}

using System.Net;
using System.Text.Json;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>Labels over HTTP, as the browser's fields send them, by the person that the header "as" names.</summary>
public sealed class LabelHttpTests : IAsyncLifetime
{
    private FeatureSite site = null!;

    public async ValueTask InitializeAsync() => site = await FeatureSite.StartAsync(app => app.MapLabels());

    public ValueTask DisposeAsync() => site.DisposeAsync();

    [Fact]
    public async Task A_label_is_saved_and_read_back_with_its_revision()
    {
        Assert.Equal(("", 0), await ReadAsync());
        var (status, saved) = await SaveAsync("Ann", """{"text": " solo jazz ", "basedOn": 0}""");
        Assert.Equal((HttpStatusCode.OK, "solo jazz"), (status, saved.GetProperty("text").GetString()));
        Assert.Equal(("solo jazz", saved.GetProperty("revision").GetInt64()), await ReadAsync());
    }

    [Fact]
    public async Task A_second_person_is_shown_the_first_ones_label_and_decides()
    {
        await SaveAsync("Ann", """{"text": "harp", "note": "one string", "basedOn": 0}""");
        var (status, problem) = await SaveAsync("Bob", """{"text": "lyre", "basedOn": 0}""");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Equal("Ann changed this label to “harp” while you were typing.", problem.GetProperty("detail").GetString());
        var current = problem.GetProperty("current").GetProperty("revision").GetInt64();
        Assert.Equal("harp", (await ReadAsync()).Text);
        var (again, saved) = await SaveAsync("Bob", $$"""{"text": "lyre", "basedOn": {{current}}}""");
        Assert.Equal(HttpStatusCode.OK, again);
        // The note that Bob's page had not read is still there.
        Assert.Equal("one string", saved.GetProperty("note").GetString());
    }

    [Theory]
    [InlineData("{", "The label is not valid JSON")]
    [InlineData("""{"note": "x"}""", "The field \"text\" is missing")]
    [InlineData("null", "The field \"text\" is missing")]
    public async Task What_is_not_a_label_is_refused_by_name(string body, string message)
    {
        var (status, problem) = await SaveAsync("Ann", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith(message, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_long_a_label_and_a_feature_that_is_not_there_are_refused()
    {
        var (status, problem) = await SaveAsync("Ann", JsonSerializer.Serialize(new { text = new string('x', 201) }));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("200", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await SaveAsync("Ann", JsonSerializer.Serialize(new { text = new string('x', 200_000) }))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SaveAsync("Ann", """{"text": "x"}""", 4_000_000)).Status);
    }

    [Fact]
    public async Task A_full_disk_is_said_and_nothing_is_changed()
    {
        site.Store.IsFull = true;
        var (status, problem) = await SaveAsync("Ann", """{"text": "harp"}""");
        Assert.Equal((HttpStatusCode.BadRequest, CountingStore.Full), (status, problem.GetProperty("detail").GetString()));
        site.Store.IsFull = false;
        Assert.Equal("", (await ReadAsync()).Text);
    }

    private Task<(HttpStatusCode Status, JsonElement Body)> SaveAsync(string person, string json, int feature = 42) =>
        site.SendAsync(HttpMethod.Put, $"saes/demo/features/{feature}/label", json, person);

    private async Task<(string? Text, long Revision)> ReadAsync()
    {
        var (_, label) = await site.SendAsync(HttpMethod.Get, "saes/demo/features/42/label");
        return (label.GetProperty("text").GetString(), label.GetProperty("revision").GetInt64());
    }
}

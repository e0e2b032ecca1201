using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SaeDashboard.Storage;
using SaeDashboard.Web.Annotation;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;
using SaeDashboard.Web.Tests.Presets;

namespace SaeDashboard.Web.Tests.Data;

/// <summary>Labels, ratings and presets over HTTP and by the command line.</summary>
public sealed class ExchangeHttpTests : IAsyncLifetime
{
    private static readonly Actor Ada = new("ada", "Ada");
    private static readonly FeatureKey Taiko = new(new string('a', 64), 1337);

    private readonly TemporaryFolder folder = new();
    private readonly Database database;
    private readonly WebApplication app;
    private readonly HttpClient http = new();

    public ExchangeHttpTests()
    {
        Directory.CreateDirectory(folder["data"]);
        database = Database.Open(folder["data"]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(database);
        builder.Services.AddSingleton<DataExport>();
        builder.Services.AddSingleton<DataImport>();
        builder.Services.AddSingleton<IStoreAccess>(new CountingStore());
        builder.Services.AddSingleton<LabelRepository>().AddSingleton<RatingRepository>().AddSingleton<PresetRepository>().AddSingleton<CommentRepository>();
        builder.Services.AddSingleton<FeatureListRepository>().AddSingleton<SavedViewRepository>().AddSingleton<FeatureLists>();
        builder.Services.AddSingleton<QueueRepository>().AddSingleton<AnnotationRepository>().AddSingleton<DraftRepository>().AddSingleton<ItemLeases>().AddSingleton<AnnotationService>();
        builder.Services.AddSingleton<FeatureLabels>().AddSingleton<PresetService>().AddSingleton<CommentService>().AddSingleton<Imports>().AddSingleton<ImportFormats>();
        var root = DataRoot.Open(folder["data"], folder["demo"]);
        builder.Services.AddSingleton(root).AddSingleton<ICatalog, FakeCatalog>().AddSingleton<IServeClient>(new FakeWorker(folder.Path, root.Takes));
        builder.Services.AddSingleton<TakeRepository>().AddSingleton<TakeFolders>().AddSingleton<TakeService>();
        app = builder.Build();
        app.Use((context, next) =>
        {
            context.User = LocalPerson.Principal(Ada);
            return next(context);
        });
        app.MapExchange();
    }

    public async ValueTask InitializeAsync()
    {
        await app.StartAsync();
        http.BaseAddress = new Uri(app.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await app.DisposeAsync();
        database.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task What_is_exported_can_be_imported_and_a_second_time_nothing_changes()
    {
        var token = TestContext.Current.CancellationToken;
        new LabelRepository(database).Add(Taiko, "Taiko", null, Ada);
        var answer = await http.GetAsync("/api/v1/export", token);
        Assert.Matches(@"^labels-\d{8}-\d{6}\.jsonl$", answer.Content.Headers.ContentDisposition!.FileName!);
        var file = await answer.Content.ReadAsByteArrayAsync(token);
        var seq = database.LastSeq;
        var again = await http.PostAsync("/api/v1/import?file=mine.jsonl", new ByteArrayContent(file), token);
        var body = await again.Content.ReadFromJsonAsync<JsonElement>(token);
        Assert.Equal("0 labels, 0 ratings and 0 presets are new; 1 line changed nothing.", body.GetProperty("message").GetString());
        Assert.Equal(seq, database.LastSeq);
    }

    [Fact]
    public async Task One_SAEs_labels_and_lists_are_exported_alone_and_lists_and_views_come_back()
    {
        var token = TestContext.Current.CancellationToken;
        var (lists, views) = (new FeatureListRepository(database), new SavedViewRepository(database));
        new LabelRepository(database).Add(Taiko, "Taiko", null, Ada);
        new LabelRepository(database).Add(new FeatureKey(new string('b', 64), 1), "Other", null, Ada);
        var list = lists.Add("Drums", Taiko.SaeHash, [1337], false, Ada);
        views.Add("Dense", "sort=density", null, false, Ada);
        var alone = await http.GetStringAsync($"/api/v1/export?sae={Taiko.SaeHash}", token);
        Assert.Contains("Taiko", alone, StringComparison.Ordinal);
        Assert.Contains("Drums", alone, StringComparison.Ordinal);
        Assert.DoesNotContain("Other", alone, StringComparison.Ordinal);
        var file = (await http.GetStringAsync("/api/v1/export", token)).Replace(list, "list-20261123-101502-abcd", StringComparison.Ordinal);
        var changed = 0;
        app.Services.GetRequiredService<FeatureLists>().Changed += () => changed++;
        var body = await (await http.PostAsync("/api/v1/import", new StringContent(file), token)).Content.ReadFromJsonAsync<JsonElement>(token);
        Assert.Equal("0 labels, 0 ratings, 1 list and 0 presets are new; 3 lines changed nothing.", body.GetProperty("message").GetString());
        Assert.Equal((1, 2), (changed, lists.Visible(Taiko.SaeHash, Ada).Count));
    }

    [Fact]
    public async Task Open_pages_hear_of_an_import_once_for_each_feature_and_not_of_what_changed_nothing()
    {
        var token = TestContext.Current.CancellationToken;
        var changed = new List<FeatureKey>();
        app.Services.GetRequiredService<FeatureLabels>().Changed += changed.Add;
        var line = $$$"""{"kind":"label","sae":"{{{Taiko.SaeHash}}}","feature":1337,"text":"Taiko","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""";
        for (var again = 0; again < 2; again++)
        {
            var answer = await http.PostAsync("/api/v1/import", new StringContent("""{"export":1,"site":"00000000","at":"2026-11-23T10:15:02.123Z"}""" + "\n" + line), token);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        Assert.Equal([Taiko], changed);
    }

    [Fact]
    public async Task A_wrong_line_is_400_with_its_number_and_too_much_is_413()
    {
        var token = TestContext.Current.CancellationToken;
        var wrong = await http.PostAsync("/api/v1/import?file=..%2Fx.jsonl", new StringContent("""{"export":1,"site":"00000000","at":"2026-11-23T10:15:02.123Z"}""" + "\noops"), token);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Contains("x.jsonl: nothing was imported, a line is wrong. Line 2: ", (await wrong.Content.ReadFromJsonAsync<JsonElement>(token)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        using var big = new ByteArrayContent(new byte[DataImport.MaxBytes + 1]);
        var refused = await http.PostAsync("/api/v1/import", big, token);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Contains("64 MiB", (await refused.Content.ReadFromJsonAsync<JsonElement>(token)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_line_exports_while_a_site_runs_and_imports_where_none_runs()
    {
        new LabelRepository(database).Add(Taiko, "Taiko", null, Ada);
        // While a site runs, exporting only reads; importing would write.
        Assert.Equal(0, DataCommand.Run(["export", "--out", folder["running.jsonl"], "--data", folder["data"]]));
        Assert.Contains("Taiko", File.ReadAllText(folder["running.jsonl"]), StringComparison.Ordinal);
        Assert.Contains("another SaeDashboard", Assert.Throws<Core.UserException>(() => DataCommand.Run(["import", folder["running.jsonl"], "--data", folder["data"]])).Message, StringComparison.Ordinal);
        database.Dispose();
        Assert.Equal(0, DataCommand.Run(["export", "--out", folder["labels.jsonl"], "--data", folder["data"]]));
        Directory.CreateDirectory(folder["other"]);
        Assert.Equal(0, DataCommand.Run(["import", folder["labels.jsonl"], "--data", folder["other"]]));
        using var other = Database.Open(folder["other"]);
        Assert.Equal("Taiko", new LabelRepository(other).Current(Taiko.SaeHash)[1337].Text);
        Assert.Contains("does not exist", Assert.Throws<Core.UserException>(() => DataCommand.Run(["export", "--data", folder["none"]])).Message, StringComparison.Ordinal);
        Assert.Equal([2, 2, 2], new string[][] { ["import"], ["export", "x"], ["export", "--colour", "red"] }.Select(DataCommand.Run));
    }
}

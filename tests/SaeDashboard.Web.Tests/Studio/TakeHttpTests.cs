using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Net.Http.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Tests.Studio;

public sealed class TakeHttpTests : IAsyncLifetime
{
    private static readonly Actor Person = new("local", "A person");
    private readonly HttpClient http = new();
    private StudioHost host = null!;
    private TakeOnDisk take = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        host = await StudioHost.StartAsync(Stop);
        http.BaseAddress = new Uri(host.Address, "api/v1/takes/");
        take = new TakeOnDisk(host.Root.Takes, 16_000);
    }

    public async ValueTask DisposeAsync()
    {
        take.Dispose();
        http.Dispose();
        await host.DisposeAsync();
    }

    [Fact]
    public async Task A_finished_arm_is_given_whole_and_in_part()
    {
        Finish();
        var bytes = await http.GetByteArrayAsync($"{take.Id}/A.wav", Stop);
        Assert.Equal(await File.ReadAllBytesAsync(take.Folder.WavPath("A"), Stop), bytes);
        using var part = new HttpRequestMessage(HttpMethod.Get, $"{take.Id}/A.wav") { Headers = { Range = new RangeHeaderValue(44, 143) } };
        var answer = await http.SendAsync(part, Stop);
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal(bytes[44..144], await answer.Content.ReadAsByteArrayAsync(Stop));
    }

    [Fact]
    public async Task A_download_is_named_after_the_take()
    {
        Finish();
        host.Get<TakeRepository>().Ensure(take.Id, "Taiko / loud", Person);
        var answer = await http.GetAsync($"{take.Id}/C.wav?download=true", Stop);
        Assert.Equal("Taiko   loud C steered.wav", answer.Content.Headers.ContentDisposition!.FileNameStar);
    }

    [Fact]
    public async Task Peaks_are_those_of_the_file()
    {
        Finish();
        var peaks = (await http.GetFromJsonAsync<Peaks>($"{take.Id}/C/peaks", Stop))!;
        Assert.Equal(Peaks.Of(WavFile.Read(take.Folder.WavPath("C"))).Values, peaks.Values);
        Assert.Equal(1, peaks.Seconds);
    }

    [Fact]
    public async Task What_is_still_being_made_is_not_given_as_a_file()
    {
        take.Grow("A", 8_000);
        var answer = await http.GetAsync($"{take.Id}/A.wav", Stop);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("take-20260101-000000-abcd/A.wav")]
    [InlineData("..%2f..%2fdashboard/A.wav")]
    [InlineData("nothing/A/peaks")]
    public async Task What_is_not_there_is_said_in_a_problem(string address) => Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(address, Stop)).StatusCode);

    [Fact]
    public async Task An_arm_that_was_not_made_is_not_there()
    {
        Finish();
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"{take.Id}/B.wav", Stop)).StatusCode);
    }

    [Fact]
    public void A_stopped_take_is_as_long_as_its_sound()
    {
        using var stopped = new TakeOnDisk(host.Root.Takes, 8 * TakeOnDisk.Rate);
        stopped.Grow(TakeArms.Baseline, (long)(2.9 * TakeOnDisk.Rate));
        stopped.End(TakeState.Cancelled);
        host.Get<TakeFolders>().Refresh(scan: true);
        Assert.Equal(2.9, host.Get<TakeService>().Find(stopped.Id)!.Seconds, 3);
    }

    [Fact]
    public void Takes_on_disk_are_listed_until_a_person_deletes_them()
    {
        Finish();
        var takes = host.Get<TakeService>();
        var rows = host.Get<TakeRepository>();
        host.Get<TakeFolders>().Refresh(scan: true);
        Assert.Equal([take.Id], takes.List().Select(view => view.Id));
        rows.Ensure(take.Id, "Mine", Person);
        rows.Rate(take.Id, 4, Person);
        Assert.Equal(("Mine", 4), (takes.Find(take.Id)!.Name, takes.Find(take.Id)!.Rating.By(Person.UserId)!.Value));
        rows.Delete(take.Id, Person);
        Assert.Empty(takes.List());
        Assert.True(takes.Find(take.Id)!.Deleted);
        rows.Restore(take.Id, Person);
        Assert.Single(takes.List());
    }

    [Fact]
    public async Task Stars_of_a_take_are_each_person_s_and_their_mean_and_number_are_answered()
    {
        Finish();
        Assert.Equal((null, 0, null), Stars(await SendAsync(HttpMethod.Get, "", "ada")));
        Assert.Equal((5, 1, 5), Stars(await SendAsync(HttpMethod.Put, "/rating", "ada", "{\"stars\": 5}")));
        Assert.Equal((3.5, 2, 2), Stars(await SendAsync(HttpMethod.Put, "/rating", "bob", "{\"stars\": 2}")));
        Assert.Equal((4.5, 2, 4), Stars(await SendAsync(HttpMethod.Put, "/rating", "bob", "{\"stars\": 4}")));
        Assert.Equal((4.5, 2, null), Stars(await SendAsync(HttpMethod.Get, "", "cleo")));
        Assert.Equal((4, 1, null), Stars(await SendAsync(HttpMethod.Delete, "/rating", "ada")));
        var (status, problem) = await SendAsync(HttpMethod.Put, "/rating", "ada", "{\"stars\": 6}");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("a rating has 1 to 5", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Put, "x/rating", "ada", "{\"stars\": 3}")).Status);

        static (double?, int, int?) Stars((HttpStatusCode Status, JsonElement Body) answer)
        {
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            JsonElement stars = answer.Body.GetProperty("stars"), mine = answer.Body.GetProperty("myStars");
            return (stars.ValueKind == JsonValueKind.Null ? null : stars.GetDouble(), answer.Body.GetProperty("ratings").GetInt32(), mine.ValueKind == JsonValueKind.Null ? null : mine.GetInt32());
        }
    }

    [Fact]
    public async Task What_a_take_continues_and_follows_is_answered_without_its_codes()
    {
        var codes = new Core.Data.CodeGrid(4, 20).ToBase64();
        take.Edit = manifest => manifest with
        {
            Stereo = true,
            Settings = manifest.Settings with
            {
                Continue = new TakeSound { Source = "clip-3@demo", Name = "Taiko", Start = 1, Seconds = .4, Codebooks = 4, Codes = codes, Hash = new string('a', 64) },
                Melody = new TakeSound { Source = "sound-x", Seconds = 2, Chroma = "AAEC" },
            },
        };
        Finish();
        var (status, body) = await SendAsync(HttpMethod.Get, "", "ada");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(("clip-3@demo", "Taiko", 1.0, .4, 20), (body.GetProperty("continue").GetProperty("source").GetString(), body.GetProperty("continue").GetProperty("name").GetString(),
            body.GetProperty("continue").GetProperty("start").GetDouble(), body.GetProperty("continue").GetProperty("seconds").GetDouble(), body.GetProperty("continue").GetProperty("frames").GetInt32()));
        Assert.Equal((new string('a', 64), "sound-x", 0, 2), (body.GetProperty("continue").GetProperty("hash").GetString(), body.GetProperty("melody").GetProperty("source").GetString(),
            body.GetProperty("melody").GetProperty("frames").GetInt32(), body.GetProperty("channels").GetInt32()));
        Assert.DoesNotContain(codes, body.GetRawText(), StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(HttpMethod method, string address, string person, string? body = null)
    {
        using var request = new HttpRequestMessage(method, take.Id + address) { Headers = { { "X-Person", person } } };
        if (body is not null) request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request, Stop);
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop)).RootElement);
    }

    [Theory]
    [InlineData("two\r\nlines")]
    [InlineData("turned \u202E round")]
    [InlineData("")]
    public void A_name_that_would_break_or_turn_its_row_is_refused(string name)
    {
        Finish();
        var takes = host.Get<TakeService>();
        Assert.Throws<UserException>(() => takes.Rename(take.Id, name, Person));
        Assert.Throws<UserException>(() => takes.Rename(take.Id, new string('x', 121), Person));
        Assert.Null(host.Get<TakeRepository>().Find(take.Id));
    }

    [Fact]
    public async Task On_a_full_disk_the_take_is_made_and_what_was_not_saved_is_said()
    {
        ((CountingStore)host.Get<IStoreAccess>()).IsFull = true;
        var (id, problem) = await host.Get<TakeService>().StartAsync(new StudioDraft { Sae = "demo" }, _ => 1, Person, Stop);
        Assert.NotNull(host.Worker.Asked);
        Assert.True(host.Get<TakeFolders>().IsExpected(id));
        Assert.Equal($"The take is being generated, but its name could not be saved. {CountingStore.Full}", problem);
    }

    [Fact]
    public void A_take_without_a_steer_has_one_arm_and_needs_no_sae()
    {
        var takes = host.Get<TakeService>();
        var plain = takes.Settings(new StudioDraft { Prompt = "  ", Seconds = 2, Seed = 7, Sae = "demo" }, _ => 1);
        Assert.Equal((null, null, 1), (plain.SaePath, plain.Prompt, plain.Arms.Count));
        var steered = takes.Settings(new StudioDraft { Prompt = "taiko", Sae = "demo", Rack = [new RackStrip(1337, 0)] }, _ => .5);
        Assert.Equal([TakeArms.Baseline, TakeArms.Steered], steered.Arms);
        Assert.Equal([new TakeSteer(1337, 0, "add", .5)], steered.Steers);
        Assert.NotNull(steered.SaePath);
    }

    [Fact]
    public void A_live_take_has_its_silent_strips_too_muted_and_one_that_steers_nothing_is_not_live()
    {
        var takes = host.Get<TakeService>();
        RackStrip[] rack = [new(1337, 1, Muted: true), new(448, 2)];
        Assert.Equal([new TakeSteer(448, 2, "add", .5)], takes.Settings(new StudioDraft { Sae = "demo", Rack = rack }, _ => .5).Steers);
        var live = takes.Settings(new StudioDraft { Sae = "demo", Rack = rack, Live = true }, _ => .5);
        Assert.Equal([new TakeSteer(1337, 1, "add", .5) { Muted = true }, new TakeSteer(448, 2, "add", .5)], live.Steers);
        Assert.NotNull(live.Live);
        Assert.Null(TakeRules.Problem(live));
        Assert.Null(takes.Settings(new StudioDraft { Sae = "demo", Live = true }, _ => .5).Live);
        // Controls are before the steered arm, which is the one that is heard first; a word that is none is left out.
        Assert.Equal(["A", "R", "E", "C"], takes.Settings(new StudioDraft { Sae = "demo", Rack = rack, ControlArms = [TakeArms.Reconstruction, TakeArms.Random] }, _ => .5).Arms);
        Assert.Equal(["A", "C"], takes.Settings(new StudioDraft { Sae = "demo", Rack = rack, Control = "X" }, _ => .5).Arms);
    }

    [Fact]
    public void A_strip_of_an_sae_that_is_not_here_is_said() =>
        Assert.Contains("'gone' of feature 3", Assert.Throws<UserException>(() => host.Get<TakeService>().Settings(new StudioDraft { Sae = "demo", Rack = [new RackStrip(1, 1), new RackStrip(3, 1) { Sae = "gone" }] }, _ => 1)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_link_out_of_the_data_folder_is_not_served()
    {
        Finish();
        await File.WriteAllTextAsync(Path.Combine(host.Root.Path, "..", "secret.txt"), "a secret", Stop);
        foreach (var target in (string[])[Path.Combine(host.Root.Path, "..", "secret.txt"), "/etc/hostname"])
        {
            File.Delete(take.Folder.WavPath("A"));
            File.CreateSymbolicLink(take.Folder.WavPath("A"), target);
            foreach (var address in (string[])[$"{take.Id}/A.wav", $"{take.Id}/A/peaks"])
            {
                var answer = await http.GetAsync(address, Stop);
                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
                Assert.Contains("outside the folders", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("device")]
    public async Task A_sound_that_is_not_a_file_is_refused_without_blocking(string kind)
    {
        Finish();
        OddThings.Put(kind, take.Folder.WavPath("A"));
        var answer = await http.GetAsync($"{take.Id}/A.wav", Stop).WaitAsync(TimeSpan.FromSeconds(10), Stop);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    [Theory]
    [InlineData("pipe", "take.json")]
    [InlineData("folder", "take.json")]
    [InlineData("folder", "lock")]
    [InlineData("pipe", "lock")]
    public void A_take_that_cannot_be_read_is_listed_with_the_reason(string kind, string file)
    {
        Finish();
        using var odd = new TakeOnDisk(host.Root.Takes, 100);
        OddThings.Put(kind, Path.Combine(odd.Folder.Path, file));
        var takes = host.Get<TakeService>();
        Assert.Null(OddThings.Outcome(() => host.Get<TakeFolders>().Refresh(scan: true)));
        Assert.Equal(2, takes.List().Count);
        var view = takes.Find(odd.Id)!;
        Assert.Equal(TakeState.Unreadable, view.Manifest.State);
        Assert.Contains(Path.Combine(odd.Id, file), view.Manifest.Error, StringComparison.Ordinal);
        Assert.Empty(view.Arms);
        Assert.Equal(TakeState.Done, takes.Find(take.Id)!.Manifest.State);
    }

    private void Finish()
    {
        take.Grow("A", 16_000);
        take.Grow("C", 16_000);
        take.End(TakeState.Done);
    }
}

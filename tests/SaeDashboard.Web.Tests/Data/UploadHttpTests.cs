using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using SaeDashboard.Core.Audio;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Tests.Data;

/// <summary>Uploads by the tus protocol, and what is made of them.</summary>
public sealed class UploadHttpTests : IAsyncLifetime
{
    private const string Address = "/api/v1/uploads";

    private readonly TemporaryFolder folder = new();
    private readonly HttpClient http = new(new HttpClientHandler { AllowAutoRedirect = false });
    private WebApplication site = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        site = Site.Build(["--data", folder["data"], "--port", "0", "--Web:Worker", "/bin/true", "--Web:Demo", folder["demo"], "--Logging:LogLevel:Default", "None", "--Uploads:MaxGigabytes", "0.001", "--Uploads:MaxFiles", "8", "--Uploads:KeepFreeMegabytes", "1"]);
        await site.StartAsync(Stop);
        http.BaseAddress = new Uri(site.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await site.StopAsync(Stop);
        await site.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Sounds_arrive_in_pieces_and_become_a_folder()
    {
        WavFile.Write(folder["a.wav"], new Waveform([new float[2000]], 16_000), WavEncoding.Pcm16);
        var bytes = await File.ReadAllBytesAsync(folder["a.wav"], Stop);
        using var options = await AskAsync(HttpMethod.Options, Address);
        Assert.Equal(("creation,termination", "1000000"), (options.Headers.GetValues("Tus-Extension").Single(), options.Headers.GetValues("Tus-Max-Size").Single()));

        var wav = await CreateAsync("music/a.wav", bytes.Length);
        Assert.Equal(HttpStatusCode.NoContent, (await PatchAsync(wav, 0, bytes[..1000])).StatusCode);
        using var head = await AskAsync(HttpMethod.Head, $"{Address}/{wav}");
        Assert.Equal(("1000", bytes.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), true), (head.Headers.GetValues("Upload-Offset").Single(), head.Headers.GetValues("Upload-Length").Single(), head.Headers.CacheControl!.NoStore));
        // Another offset, too many bytes, another type of body, another version.
        Assert.Equal(HttpStatusCode.Conflict, (await PatchAsync(wav, 500, bytes[500..])).StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PatchAsync(wav, 1000, new byte[bytes.Length])).StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await PatchAsync(wav, 1000, bytes[1000..], "application/json")).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await AskAsync(HttpMethod.Head, $"{Address}/{wav}", version: "0.2.2")).StatusCode);
        Assert.Contains("is not complete yet: 1000 of", await RefusedAsync([wav], "sounds", "x"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, (await PatchAsync(wav, 1000, bytes[1000..])).StatusCode);

        var table = await UploadAsync("music/metadata.csv", "file_name,caption\na.wav,a tone\n"u8.ToArray());
        var program = await UploadAsync("music/run.sh", "echo"u8.ToArray());
        using var made = await FinishAsync([wav, table, program], "sounds", "My music");
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        var answer = await made.Content.ReadFromJsonAsync<JsonElement>(Stop);
        Assert.Equal(("My-music", 2, "data/import?folder=My-music"), (answer.GetProperty("name").GetString(), answer.GetProperty("files").GetInt32(), answer.GetProperty("next").GetString()));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(folder["data/sounds/My-music/a.wav"], Stop));
        Assert.Equal(["a.wav", "metadata.csv"], Directory.EnumerateFileSystemEntries(folder["data/sounds/My-music"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(Directory.EnumerateDirectories(folder["data/uploads"]));
        Assert.Contains("There is a folder My-music already", await RefusedAsync([await UploadAsync("b.wav", bytes)], "sounds", "My music"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_used_is_refused_with_the_reason_and_can_be_completed()
    {
        var sae = Path.Combine(Repository.Root, "demo", "sae");
        var config = await UploadAsync("cfg.json", "{}"u8.ToArray());
        var said = await RefusedAsync([config], "sae", "mine");
        Assert.DoesNotContain(folder.Path, said, StringComparison.Ordinal);
        Assert.Contains("mine", said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["data/saes/mine"]));
        Assert.Contains("no config.json", await RefusedAsync([config], "model", "mine"), StringComparison.Ordinal);
        // The upload is still there, for another try.
        using var head = await AskAsync(HttpMethod.Head, $"{Address}/{config}");
        Assert.Equal("2", head.Headers.GetValues("Upload-Offset").Single());
        Assert.Contains("such a folder holds", await RefusedAsync([await UploadAsync("modeling.py", "import os"u8.ToArray())], "model", "mine"), StringComparison.Ordinal);
        Assert.Contains("There is no sound", await RefusedAsync([config], "sounds", "mine"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await FinishAsync(["upload-20260101-000000-2222"], "sae", "mine")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await AskAsync(HttpMethod.Delete, $"{Address}/{config}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(HttpMethod.Head, $"{Address}/{config}")).StatusCode);
        Assert.True(Directory.Exists(sae));
    }

    [Theory]
    [InlineData("../out.wav")]
    [InlineData("/etc/out.wav")]
    [InlineData("a/../../out.wav")]
    [InlineData("C:\\out.wav")]
    [InlineData(".bashrc")]
    [InlineData("a\nb.wav")]
    public async Task A_name_that_leads_elsewhere_is_refused(string name)
    {
        using var answer = await AskAsync(HttpMethod.Post, Address, request => Describe(request, name, 4));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Limits_of_number_and_size_are_kept()
    {
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await AskAsync(HttpMethod.Post, Address, request => Describe(request, "big.wav", 2_000_000))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(HttpMethod.Post, Address, request => request.Headers.Add("Upload-Metadata", "filename YQ=="))).StatusCode);
        for (var i = 0; i < 8; i++) await CreateAsync($"{i}.wav", 10);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await AskAsync(HttpMethod.Post, Address, request => Describe(request, "9.wav", 10))).StatusCode);
    }

    [Fact]
    public async Task An_archive_stands_for_its_files_and_cannot_write_elsewhere()
    {
        var wav = new byte[100];
        var good = await UploadAsync("good.zip", Zip(("music/a.wav", wav), ("music/__MACOSX/x", wav), ("music/.DS_Store", wav)));
        Assert.Equal(HttpStatusCode.OK, (await FinishAsync([good], "sounds", "zipped")).StatusCode);
        Assert.Equal(["a.wav"], Directory.EnumerateFiles(folder["data/sounds/zipped"], "*", SearchOption.TopDirectoryOnly).Select(Path.GetFileName));

        foreach (var name in new[] { "../../out.wav", "/tmp/out.wav", "a/../../out.wav", "..\\..\\out.wav" })
            Assert.Contains("leads out of the folder", await RefusedAsync([await UploadAsync("bad.zip", Zip((name, wav)))], "sounds", "bad"), StringComparison.Ordinal);
        Assert.Contains("a link or a device", await RefusedAsync([await UploadAsync("link.tar", Tar(TarEntryType.SymbolicLink))], "sounds", "bad"), StringComparison.Ordinal);
        Assert.Contains("cannot be read", await RefusedAsync([await UploadAsync("no.zip", wav)], "sounds", "bad"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await FinishAsync([await UploadAsync("good.tar", Tar(TarEntryType.RegularFile))], "sounds", "tarred")).StatusCode);
        Assert.Equal(["tarred", "zipped"], Directory.EnumerateFileSystemEntries(folder["data/sounds"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_archive_that_holds_more_than_may_be_is_stopped_while_it_is_written()
    {
        // Two megabytes of zeros are two kilobytes of zip.
        Assert.Contains("holds more than 1.00 MB", await RefusedAsync([await UploadAsync("bomb.zip", Zip(("a.wav", new byte[2_000_000])))], "sounds", "bomb"), StringComparison.Ordinal);
        Assert.Contains("more than 8 files", await RefusedAsync([await UploadAsync("many.zip", Zip([.. Enumerable.Range(0, 9).Select(at => ($"{at}.wav", new byte[1]))]))], "sounds", "many"), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["data/sounds"]) && Directory.EnumerateFileSystemEntries(folder["data/sounds"]).Any());
    }

    private async Task<string> UploadAsync(string name, byte[] bytes)
    {
        var id = await CreateAsync(name, bytes.Length);
        Assert.Equal(HttpStatusCode.NoContent, (await PatchAsync(id, 0, bytes)).StatusCode);
        return id;
    }

    private async Task<string> CreateAsync(string name, long length)
    {
        using var made = await AskAsync(HttpMethod.Post, Address, request => Describe(request, name, length));
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        return made.Headers.Location!.ToString().Split('/')[^1];
    }

    private static void Describe(HttpRequestMessage request, string name, long length)
    {
        request.Headers.Add("Upload-Length", length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        request.Headers.Add("Upload-Metadata", $"filename {Convert.ToBase64String(Encoding.UTF8.GetBytes(name))}");
    }

    private Task<HttpResponseMessage> PatchAsync(string id, long offset, byte[] bytes, string type = "application/offset+octet-stream") => AskAsync(HttpMethod.Patch, $"{Address}/{id}", request =>
    {
        request.Headers.Add("Upload-Offset", offset.ToString(System.Globalization.CultureInfo.InvariantCulture));
        request.Content = new ByteArrayContent(bytes);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
    });

    private Task<HttpResponseMessage> FinishAsync(string[] uploads, string kind, string name) => http.PostAsJsonAsync($"{Address}/finish", new { uploads, kind, name }, Stop);

    private async Task<string> RefusedAsync(string[] uploads, string kind, string name)
    {
        using var answer = await FinishAsync(uploads, kind, name);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("detail").GetString()!;
    }

    private async Task<HttpResponseMessage> AskAsync(HttpMethod method, string address, Action<HttpRequestMessage>? with = null, string version = "1.0.0")
    {
        using var request = new HttpRequestMessage(method, address);
        request.Headers.Add("Tus-Resumable", version);
        with?.Invoke(request);
        return await http.SendAsync(request, Stop);
    }

    private static byte[] Zip(params (string Name, byte[] Bytes)[] files)
    {
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in files)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(bytes);
            }
        }
        return stream.ToArray();
    }

    private static byte[] Tar(TarEntryType type)
    {
        var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
        {
            tar.WriteEntry(type == TarEntryType.RegularFile ? new PaxTarEntry(type, "./music/a.wav") { DataStream = new MemoryStream(new byte[50]) } : new PaxTarEntry(type, "a.wav") { LinkName = "/etc/passwd" });
        }
        return stream.ToArray();
    }
}

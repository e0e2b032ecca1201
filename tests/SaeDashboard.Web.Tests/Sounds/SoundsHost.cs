using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SaeDashboard.Core.Audio;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Sounds;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;
using SaeDashboard.Web.Tests.Studio;

namespace SaeDashboard.Web.Tests.Sounds;

/// <summary>Search by sound on a free port, with a reader that finds the same everywhere.</summary>
internal sealed class SoundsHost : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly WebApplication app;

    private SoundsHost(Action<ListeningOptions>? configure)
    {
        Root = DataRoot.Open(folder["data"], folder["demo"]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var services = builder.Services;
        services.AddSingleton(Root).AddSingleton(Database.Open(Root.Path)).AddSingleton(TimeProvider.System).AddSingleton<IStoreAccess, CountingStore>();
        services.AddSingleton<LabelRepository>().AddSingleton<RatingRepository>().AddSingleton<TakeRepository>().AddSingleton<FeatureLabels>();
        services.AddSingleton<ICatalog>(new FakeCatalog
        {
            Models = [new CatalogModel { Id = "demo", Name = "demo", Path = "/models/demo", State = CatalogState.Ready, Codebooks = 4, CodecHash = "c0dec", Hash = "m0del", SampleRate = 16_000, FrameRate = 50 }],
        });
        services.AddSingleton<IServeClient>(Worker).AddSingleton<ISoundReader>(Reader);
        services.AddSingleton(new WavCache(folder["clips"], 10 << 20)).AddSingleton<ClipLibrary>().AddSingleton<FeatureCatalog>();
        services.AddSingleton<TakeFolders>().AddSingleton<TakeService>();
        services.AddSingleton<TemporarySounds>().AddSingleton<PreviewTakes>().AddSingleton<SoundReadings>();
        services.Configure(configure ?? (_ => { }));
        app = builder.Build();
        app.MapListening();
    }

    public DataRoot Root { get; }

    public FakeWorker Worker { get; } = new();

    public FakeReader Reader { get; } = new();

    public HttpClient Http { get; } = new();

    public string this[string name] => folder[name];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public T Get<T>() where T : notnull => app.Services.GetRequiredService<T>();

    public static async Task<SoundsHost> StartAsync(Action<ListeningOptions>? configure = null)
    {
        var host = new SoundsHost(configure);
        await host.app.StartAsync(Stop);
        host.Http.BaseAddress = new Uri(host.app.Urls.First() + "/api/v1/");
        return host;
    }

    public Task<HttpResponseMessage> BringAsync(byte[] bytes, string name = "a.wav") => Http.PostAsync($"saes/demo/sounds?file={name}", new ByteArrayContent(bytes), Stop);

    /// <summary>A WAV file of some channels.</summary>
    public static byte[] Wav(int sampleRate, WavEncoding encoding, params float[][] channels) => WavFile.ToBytes(new Waveform(channels, sampleRate), encoding);

    /// <summary>A tone.</summary>
    public static float[] Tone(int samples, float level = 0.5f) => [.. Enumerable.Range(0, samples).Select(i => level * MathF.Sin(0.2f * i))];

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
        folder.Dispose();
    }
}

using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Core.Audio;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Sounds;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;
using SaeDashboard.Web.Tests.Studio;

namespace SaeDashboard.Web.Tests.Sounds;

/// <summary>Search by sound on a free port, with a reader that finds the same everywhere and a worker that makes nothing.</summary>
internal sealed class SoundsHost : IAsyncDisposable
{
    private readonly FeatureSite site;

    private SoundsHost(FeatureSite site, FakeWorker worker, FakeReader reader) => (this.site, Worker, Reader) = (site, worker, reader);

    public DataRoot Root => site.Root;

    public FakeWorker Worker { get; }

    public FakeReader Reader { get; }

    public HttpClient Http => site.Http;

    public string this[string name] => site[name];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public T Get<T>() where T : notnull => site.Get<T>();

    public static async Task<SoundsHost> StartAsync(Action<ListeningOptions>? configure = null, string? data = null)
    {
        var (worker, reader) = (new FakeWorker(), new FakeReader());
        var site = await FeatureSite.StartAsync(app => app.MapListening(), services =>
        {
            services.AddSingleton<TakeRepository>().AddSingleton<TakeFolders>().AddSingleton<TakeService>();
            services.AddSingleton<ICatalog>(new FakeCatalog
            {
                Models = [new CatalogModel { Id = "demo", Name = "demo", Path = "/models/demo", State = CatalogState.Ready, Codebooks = 4, CodecHash = "c0dec", Hash = "m0del", SampleRate = 16_000, FrameRate = 50 }],
            });
            services.AddSingleton<IServeClient>(worker).AddSingleton<ISoundReader>(reader);
            services.AddSingleton<TemporarySounds>().AddSingleton<PreviewTakes>().AddSingleton<SoundReadings>();
            services.Configure(configure ?? (_ => { }));
        }, data);
        return new SoundsHost(site, worker, reader);
    }

    public Task<HttpResponseMessage> BringAsync(byte[] bytes, string name = "a.wav") => Http.PostAsync($"saes/demo/sounds?file={name}", new ByteArrayContent(bytes), Stop);

    /// <summary>A WAV file of some channels.</summary>
    public static byte[] Wav(int sampleRate, WavEncoding encoding, params float[][] channels) => WavFile.ToBytes(new Waveform(channels, sampleRate), encoding);

    /// <summary>A tone.</summary>
    public static float[] Tone(int samples, float level = 0.5f) => [.. Enumerable.Range(0, samples).Select(i => level * MathF.Sin(0.2f * i))];

    public ValueTask DisposeAsync() => site.DisposeAsync();
}

using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Features;
using SaeDashboard.Labelling.Models;
using SaeDashboard.Labelling.Tests.Servers;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.ModelLabels;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.ModelLabels;

/// <summary>A site with a language model: a provider's server on this machine. The data folder can be another site's before it.</summary>
internal sealed class LabelSite : IAsyncDisposable
{
    public const string Key = "sk-site-0123456789abcdef-SECRET";

    private readonly FeatureSite site;
    private readonly Lines lines;

    private LabelSite(FeatureSite site, Lines lines) => (this.site, this.lines) = (site, lines);

    public LabelBatches Batches => site.Get<LabelBatches>();

    /// <summary>What was logged.</summary>
    public IReadOnlyCollection<string> Log => lines.Said;

    public FeatureSet Set => site.Get<FeatureCatalog>().Open("demo")!;

    public static async Task<LabelSite> StartAsync(Uri provider, string data, Action<LabellingOptions>? change = null, TimeProvider? clock = null)
    {
        var lines = new Lines();
        var site = await FeatureSite.StartAsync(app => app.MapLabelling(), services =>
        {
            services.AddModelLabels();
            services.AddLogging(logging => logging.AddProvider(lines).SetMinimumLevel(LogLevel.Trace));
            services.Configure<LabellingOptions>(options =>
            {
                (options.Provider, options.Endpoint, options.Model, options.KeyVariable) = ("openAi", new Uri(provider, "v1").AbsoluteUri, "gpt-audio", "SITE_KEY");
                (options.InputPrice, options.AudioPrice, options.OutputPrice, options.FirstDelaySeconds, options.FiringExcerpts, options.ContrastExcerpts) = (1, 10, 4, 0.02, 2, 1);
                change?.Invoke(options);
            });
            services.AddSingleton(services => new LanguageModel(services.GetRequiredService<Microsoft.Extensions.Options.IOptions<LabellingOptions>>().Value, name => ApiKey.Require(name, each => each == "SITE_KEY" ? Key : null, "/nowhere")));
            services.AddSingleton<ICatalog>(new FakeCatalog { Saes = [new CatalogSae { Id = "demo", Name = "demo", Path = DemoFeatures.Sae, State = CatalogState.Ready, HasIndex = true, DatasetId = "demo", ModelId = "demo", Hash = DemoFeatures.Set.SaeHash }] });
            if (clock is not null) services.AddSingleton(clock);
        }, data);
        return new LabelSite(site, lines);
    }

    /// <summary>Features with ten clips of each kind, whose first excerpts differ.</summary>
    public static int[] Features(int count)
    {
        var (set, seen) = (DemoFeatures.Set, new HashSet<int>());
        return [.. Enumerable.Range(0, set.Index.Count).Where(feature => set.Index[feature].Kept && set.Detection!.TestRows(feature).Count == 30)
            .Where(feature => set.Index.TopClips(feature).FirstOrDefault(clip => !set.Detection!.TestRows(feature).Contains(clip.Row)) is { Value: > 0 } first && seen.Add(first.Row)).Take(count)];
    }

    /// <summary>Has the server know which feature it hears, and score a label 0.8 on the clips in which its feature fires and 0.3 on others.</summary>
    public async Task TeachAsync(ProviderServer server, IReadOnlyList<int> features)
    {
        var (numbers, positives) = (new Dictionary<string, int>(), new HashSet<(string, string)>());
        var excerpts = new IndexExcerpts(Set.Index, Set.Detection, async (row, stop) =>
        {
            using var sound = (await site.Get<ClipLibrary>().SoundAsync("demo", row, stop))!;
            return WavFile.Read(sound.File.Name, sound.File);
        }, Batches.Model.Options!);
        foreach (var feature in features)
        {
            numbers.Add(Hash((await excerpts.LoadAsync(feature, Stop))!.Firing[0].Wav), feature);
            foreach (var each in (await excerpts.LoadDetectionAsync(feature, Stop)).Where(each => each.Clip.Kind == DetectionKind.Positive))
                positives.Add((FormattableString.Invariant($"sound of feature {feature}"), Hash(each.Excerpt.Wav)));
        }
        // Judgements begin with any clip: they get a number of their own.
        server.NumberOf = audio => audio.Count > 3 ? 100_000 + audio[0].AsSpan(44).IndexOfAnyExcept((byte)0) : numbers.GetValueOrDefault(Hash(audio[0]), 99_999);
        server.ScoreOf = (label, wav) => positives.Contains((label, Hash(wav))) ? 0.8 : 0.3;
    }

    /// <summary>Waits until a batch is as it should be.</summary>
    public async Task<BatchView> UntilAsync(string id, Func<BatchView, bool> isSo)
    {
        var there = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look()
        {
            if (Batches.Find(id) is { } view && isSo(view)) there.TrySetResult();
        }
        Batches.Changed += Look;
        Look();
        try
        {
            await there.Task.WaitAsync(TimeSpan.FromSeconds(40), Stop);
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"{Batches.Find(id)}{Environment.NewLine}{string.Join(Environment.NewLine, Batches.Features(id).Select(each => each.Label?.Fault ?? each.Test?.Fault).OfType<string>().Distinct())}", error);
        }
        finally
        {
            Batches.Changed -= Look;
        }
        return Batches.Find(id)!;
    }

    public Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(HttpMethod method, string address, object? body = null) => site.SendAsync(method, address, body is null ? null : JsonSerializer.Serialize(body));

    /// <summary>Stops the site as Ctrl+C does.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var service in site.Get<IEnumerable<IHostedService>>().OfType<LabelBatchRunner>()) await service.StopAsync(CancellationToken.None);
        await site.DisposeAsync();
    }

    /// <summary>No file of the folder has the key.</summary>
    public static void NoKeyIn(string folder)
    {
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(path => Path.GetExtension(path) is not (".wav" or ".lock" or ".litedb")))
            Assert.DoesNotContain(Key, File.ReadAllText(file), StringComparison.Ordinal);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string Hash(byte[] wav) => Convert.ToHexString(SHA256.HashData(wav));

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Said { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Said.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}

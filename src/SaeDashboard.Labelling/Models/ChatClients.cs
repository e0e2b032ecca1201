using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Http.Resilience;
using OpenAI;
using Polly;
using Polly.Timeout;

namespace SaeDashboard.Labelling.Models;

/// <summary>A language model and the connections to it. Disposing closes them.</summary>
public sealed class ChatConnection : IDisposable
{
    private readonly HttpClient http;

    private ChatConnection(HttpClient http, IChatClient client, ApiKey key) => (this.http, Client, Key) = (http, client, key);

    /// <summary>The model.</summary>
    public IChatClient Client { get; }

    /// <summary>Its key, for <see cref="ApiKey.Hide"/>.</summary>
    public ApiKey Key { get; }

    /// <summary>Connects to a model. Nothing is sent yet.</summary>
    /// <param name="options">Checked.</param>
    /// <param name="key">The provider's key.</param>
    /// <param name="clock">Waits between repetitions; null: the system's clock.</param>
    /// <exception cref="SaeDashboard.Core.UserException">The options are wrong.</exception>
    public static ChatConnection Open(LabellerOptions options, ApiKey key, TimeProvider? clock = null)
    {
        options.Check();
        // No redirects: a key is for the server it was given for. No proxy credentials, no cookies.
        var network = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(15), PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        var http = new HttpClient(new ResilienceHandler(Pipeline(options, clock)) { InnerHandler = new WholeAnswerHandler { InnerHandler = network } })
        {
            // The pipeline limits each attempt.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        return new ChatConnection(http, options.Protocol switch
        {
            ModelProtocol.Gemini => new GeminiChatClient(http, options.Endpoint, options.Model, key),
            ModelProtocol.OpenAi => OpenAi(http, options, key),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Protocol, null),
        }, key);
    }

    public void Dispose()
    {
        Client.Dispose();
        http.Dispose();
    }

    private static IChatClient OpenAi(HttpClient http, LabellerOptions options, ApiKey key)
    {
        var settings = new OpenAIClientOptions
        {
            Endpoint = options.Endpoint,
            Transport = new HttpClientPipelineTransport(http),
            // The handler repeats: twice as many layers would multiply the attempts.
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            EnableDistributedTracing = false,
            ClientLoggingOptions = new ClientLoggingOptions { EnableLogging = false, EnableMessageLogging = false, EnableMessageContentLogging = false },
        };
        return new OpenAIClient(new ApiKeyCredential(key.Reveal()), settings).GetChatClient(options.Model).AsIChatClient();
    }

    private static ResiliencePipeline<HttpResponseMessage> Pipeline(LabellerOptions options, TimeProvider? clock)
    {
        var builder = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = clock };
        if (options.Retries > 0)
        {
            // The defaults of HttpRetryStrategyOptions: 408, 429, 5xx, a network fault, a timeout; and what Retry-After asks for comes first.
            builder.AddRetry(new HttpRetryStrategyOptions
            {
                MaxRetryAttempts = options.Retries, Delay = options.FirstDelay, MaxDelay = options.MaxDelay, BackoffType = DelayBackoffType.Exponential, UseJitter = true,
                ShouldRetryAfterHeader = true,
            });
        }
        return builder.AddTimeout(new HttpTimeoutStrategyOptions { Timeout = options.Timeout }).Build();
    }

    /// <summary>
    /// Reads the whole answer inside the pipeline, so that a connection that is cut in the middle of it is repeated too, and counts the attempts
    /// that failed after the server had the request: they may be charged.
    /// </summary>
    private sealed class WholeAnswerHandler : DelegatingHandler
    {
        // An answer is some hundred tokens; a stranger's server might send without end.
        private const int MostBytes = 4 << 20;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
                try
                {
                    await response.Content.LoadIntoBufferAsync(MostBytes, cancellationToken).ConfigureAwait(false);
                    return response;
                }
                catch
                {
                    response.Dispose();
                    throw;
                }
            }
            catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
            {
                if (error is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError }) AttemptCount.Doubtful();
                if (error is IOException) throw new HttpRequestException(HttpRequestError.ResponseEnded, "The connection was cut in the middle of the answer.", error);
                throw;
            }
        }
    }

    /// <summary>An error of a provider or the network as one exception, without the key. Null: it is something else.</summary>
    internal static ModelRequestException? Translate(Exception error, ApiKey key) => error switch
    {
        ModelRequestException known => known,
        // OpenAI's client gives a connection that was refused as a status of 0.
        ClientResultException { Status: 0 } unanswered => new ModelRequestException(HttpStatusCode.ServiceUnavailable, key.Hide($"no answer: {unanswered.Message}")),
        ClientResultException refused => new ModelRequestException((HttpStatusCode)refused.Status, key.Hide(Content(refused))),
        HttpRequestException or TimeoutRejectedException => new ModelRequestException(HttpStatusCode.ServiceUnavailable, key.Hide($"no answer: {error.Message}")),
        _ => null,
    };

    private static string Content(ClientResultException refused) => refused.GetRawResponse()?.Content.ToString() is { Length: > 0 } body ? body : refused.Message;
}

/// <summary>Counts, for the current request, the attempts that the provider may charge for although they brought nothing.</summary>
internal sealed class AttemptCount
{
    private static readonly AsyncLocal<AttemptCount?> Current = new();

    private int doubtful;

    public int Count => Volatile.Read(ref doubtful);

    /// <summary>Begins to count for what the caller does from here on.</summary>
    public static AttemptCount Begin() => Current.Value = new AttemptCount();

    public static void Doubtful()
    {
        if (Current.Value is { } count) Interlocked.Increment(ref count.doubtful);
    }
}

using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace SaeDashboard.Labelling.Tests.Servers;

/// <summary>What goes wrong with one request.</summary>
public enum Fault
{
    None,
    TooManyRequests,
    ServerError,
    Hang,
    InvalidJson,
    WrongMembers,
    Cut,
}

/// <summary>A request as it arrived.</summary>
/// <param name="Feature">The feature whose excerpts it carries.</param>
/// <param name="Body">The body.</param>
/// <param name="Excerpts">Excerpts in all.</param>
/// <param name="At">When.</param>
public sealed record ReceivedRequest(int Feature, JsonObject Body, int Excerpts, DateTimeOffset At);

/// <summary>
/// A provider on this machine (Kestrel): refuses what the provider's documentation refuses, answers as it documents, and does wrong what it is
/// asked to. A request counts as paid when its answer was written to the end.
/// </summary>
public abstract class ProviderServer : IAsyncDisposable
{
    private const string JudgedMark = "The label: ";

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<int, int> paid = [];
    private readonly ConcurrentDictionary<int, int> attempts = [];

    protected ProviderServer(string key)
    {
        Key = key;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            // The limits of the provider are checked by the provider.
            kestrel.Limits.MaxRequestBodySize = 200 << 20;
        });
        app = builder.Build();
        app.Run(HandleAsync);
    }

    protected string Key { get; }

    /// <summary>The address, without a path.</summary>
    public Uri Address => new(app.Urls.Single());

    /// <summary>What goes wrong with the n-th attempt for a feature, from 0.</summary>
    public Func<int, int, Fault> FaultOf { get; set; } = (_, _) => Fault.None;

    /// <summary>Excerpts that a request may have; more are "too long".</summary>
    public int MostExcerpts { get; set; } = int.MaxValue;

    /// <summary>Completes when answers may be written; requests wait for it.</summary>
    public Func<int, Task> Hold { get; set; } = _ => Task.CompletedTask;

    /// <summary>Which feature a request is for: the tests write its number into the first sample. A test with other sounds says it in another way.</summary>
    public Func<IReadOnlyList<byte[]>, int> NumberOf { get; set; } = audio => BinaryPrimitives.ReadInt16LittleEndian(audio[0].AsSpan(44));

    /// <summary>How well a label fits an excerpt, for a request that gives a label.</summary>
    public Func<string, byte[], double> ScoreOf { get; set; } = (_, _) => 0.5;

    /// <summary>The text of an answer to a request with this number of excerpts; null: a label, or the scores of one.</summary>
    public Func<int, string>? TextOf { get; set; }

    /// <summary>Seconds of Retry-After.</summary>
    public int RetryAfter { get; set; } = 1;

    public ConcurrentQueue<ReceivedRequest> Requests { get; } = [];

    /// <summary>Why requests were refused as not what the documentation asks for.</summary>
    public ConcurrentQueue<string> Refusals { get; } = [];

    /// <summary>Answers that were written to the end, by feature.</summary>
    public IReadOnlyDictionary<int, int> Paid => paid;

    /// <summary>The largest number of requests at the same time.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>Requests under way.</summary>
    public int AtOnce => Volatile.Read(ref atOnce);

    private int atOnce;

    public async Task StartAsync() => await app.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Checks the request by the documentation. Null: it may be answered.</summary>
    protected abstract (int Status, JsonObject Error)? Check(HttpRequest request, byte[] body, out JsonObject? json, out List<byte[]> audio);

    /// <summary>The documented answer with this text.</summary>
    protected abstract JsonObject Answer(string text, double seconds);

    /// <summary>The documented error.</summary>
    protected abstract JsonObject ErrorOf(int status, string code, string message);

    /// <summary>Refuses for a rule of the documentation.</summary>
    protected (int Status, JsonObject Error) Refuse(string rule, int status = 400, string code = "invalid_request_error")
    {
        Refusals.Enqueue(rule);
        return (status, ErrorOf(status, code, rule));
    }

    private async Task HandleAsync(HttpContext context)
    {
        var now = Interlocked.Increment(ref atOnce);
        lock (Requests) MostAtOnce = Math.Max(MostAtOnce, now);
        try
        {
            using var buffer = new MemoryStream();
            await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
            if (Check(context.Request, buffer.ToArray(), out var json, out var audio) is { } refusal)
            {
                await WriteAsync(context, refusal.Status, refusal.Error.ToJsonString());
                return;
            }
            var feature = NumberOf(audio);
            Requests.Enqueue(new ReceivedRequest(feature, json!, audio.Count, DateTimeOffset.UtcNow));
            if (audio.Count > MostExcerpts)
            {
                await WriteAsync(context, 400, ErrorOf(400, "context_length_exceeded", "The input audio is too long: it exceeds the maximum allowed.").ToJsonString());
                return;
            }
            var attempt = attempts.AddOrUpdate(feature, 0, (_, count) => count + 1);
            await Hold(feature).WaitAsync(context.RequestAborted);
            await AnswerAsync(context, feature, json!, audio, FaultOf(feature, attempt));
        }
        catch (OperationCanceledException)
        {
            // The client went away: nothing is paid.
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException)
        {
        }
        finally
        {
            Interlocked.Decrement(ref atOnce);
        }
    }

    private async Task AnswerAsync(HttpContext context, int feature, JsonObject json, List<byte[]> audio, Fault fault)
    {
        var seconds = audio.Sum(Seconds);
        var label = TextOf?.Invoke(audio.Count) ?? (JudgedIn(json) is { } judged
            ? JsonSerializer.Serialize(new { scores = audio.Select(excerpt => ScoreOf(judged, excerpt)) })
            : JsonSerializer.Serialize(new { label = FormattableString.Invariant($"sound of feature {feature}"), description = "It is in all excerpts.", confidence = 0.75 }));
        switch (fault)
        {
            case Fault.TooManyRequests:
                context.Response.Headers.RetryAfter = RetryAfter.ToString(CultureInfo.InvariantCulture);
                await WriteAsync(context, 429, ErrorOf(429, "rate_limit_exceeded", "Rate limit reached.").ToJsonString());
                return;
            case Fault.ServerError:
                await WriteAsync(context, 500, ErrorOf(500, "server_error", "The server had an error while processing your request.").ToJsonString());
                return;
            case Fault.Hang:
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                return;
            case Fault.Cut:
                var whole = Answer(label, seconds).ToJsonString();
                context.Response.ContentType = "application/json";
                context.Response.ContentLength = whole.Length;
                await context.Response.WriteAsync(whole[..(whole.Length / 2)], context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                context.Abort();
                return;
            case Fault.InvalidJson:
                await WriteAsync(context, 200, Answer("Here is the label: {\"label\": \"drums\"", seconds).ToJsonString());
                break;
            case Fault.WrongMembers:
                await WriteAsync(context, 200, Answer("{\"label\":\"drums\",\"description\":\"d\",\"confidence\":7}", seconds).ToJsonString());
                break;
            default:
                await WriteAsync(context, 200, Answer(label, seconds).ToJsonString());
                break;
        }
        await context.Response.CompleteAsync();
        paid.AddOrUpdate(feature, 1, (_, count) => count + 1);
    }

    private static async Task WriteAsync(HttpContext context, int status, string json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(json, context.RequestAborted);
    }

    /// <summary>The label that a request asks to judge; null: it asks for a label.</summary>
    public static string? JudgedIn(JsonNode json) => json switch
    {
        JsonObject members => members.Select(member => member.Value is null ? null : JudgedIn(member.Value)).FirstOrDefault(found => found is not null),
        JsonArray items => items.Select(item => item is null ? null : JudgedIn(item)).FirstOrDefault(found => found is not null),
        JsonValue value when value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is var text && text.StartsWith(JudgedMark, StringComparison.Ordinal) => text[JudgedMark.Length..],
        _ => null,
    };

    /// <summary>The length of a WAV file of 16-bit mono samples.</summary>
    private static double Seconds(byte[] wav) => (wav.Length - 44) / 2.0 / BinaryPrimitives.ReadInt32LittleEndian(wav.AsSpan(24));

    /// <summary>Whether the bytes are a WAV file of PCM samples whose lengths fit.</summary>
    protected static bool IsWav(byte[] bytes) => bytes.Length > 44 && bytes.AsSpan(0, 4).SequenceEqual("RIFF"u8) && bytes.AsSpan(8, 4).SequenceEqual("WAVE"u8)
        && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) == bytes.Length - 8 && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(40)) == bytes.Length - 44;

    protected static byte[]? Base64(JsonNode? node)
    {
        if (node?.GetValueKind() != JsonValueKind.String) return null;
        var bytes = new byte[node.GetValue<string>().Length];
        return Convert.TryFromBase64String(node.GetValue<string>(), bytes, out var length) ? bytes[..length] : null;
    }
}

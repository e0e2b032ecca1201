using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;

namespace SaeDashboard.Web.Serving;

/// <summary>
/// The music worker: the resident process that holds the model and the SAEs. Every call waits (not long) while the worker starts or loads,
/// and throws <see cref="UserException"/> with what to tell the person when it cannot. Everything may be called from any thread.
/// </summary>
public interface IServeClient
{
    /// <summary>How the worker is, as of the last look (every two seconds, and after each call).</summary>
    ServeState State { get; }

    /// <summary>The state, or some take's progress, changed. On any thread; at most about ten times a second.</summary>
    event Action? Changed;

    /// <summary>Decodes codes to sound: the bytes of a mono PCM16 WAV file at the model's rate.</summary>
    /// <param name="modelPath">The model whose codec it is.</param>
    /// <param name="codes">Codes without delay, at most a few minutes.</param>
    /// <param name="ct">Gives up waiting.</param>
    Task<byte[]> DecodeAsync(string modelPath, CodeGrid codes, CancellationToken ct);

    /// <summary>Which features fire in a piece of sound, the strongest (in multiples of their p99) first.</summary>
    /// <param name="modelPath">The model that listens.</param>
    /// <param name="saePath">The SAE that names what it hears.</param>
    /// <param name="codes">The sound.</param>
    /// <param name="top">How many at most.</param>
    /// <param name="ct">Gives up waiting.</param>
    Task<IReadOnlyList<FiringFeature>> FeaturesAsync(string modelPath, string saePath, CodeGrid codes, int top, CancellationToken ct);

    /// <summary>Asks for a take. Returns its id as soon as it is accepted; the worker continues whatever becomes of the caller.</summary>
    Task<string> StartTakeAsync(TakeSettings settings, CancellationToken ct);

    /// <summary>Stops a take; what was made is kept. Nothing happens when it is over already.</summary>
    Task CancelTakeAsync(string takeId, CancellationToken ct);

    /// <summary>How far a take is that is being made or waits, from memory; null when it does neither.</summary>
    TakeProgress? LiveProgress(string takeId);

    /// <summary>
    /// How a take ended early, as the worker said: for a take whose folder does not say it, because the disk was full. Null: nothing was said since
    /// the site began.
    /// </summary>
    TakeProgress? Ending(string takeId);

    /// <summary>How far a take is: live, or from its take.json; null when there is no such take.</summary>
    TakeProgress? Progress(string takeId);
}

/// <summary>The music worker as a reader of sounds: every activation of an SAE along one.</summary>
public interface ISoundReader
{
    /// <summary>Reads a sound, given as codes or as a WAV file in the data folder. Other work of the worker continues in between.</summary>
    /// <param name="request">What to read, with what.</param>
    /// <param name="progress">Called with each step, in order.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <exception cref="UserException">It cannot be read; the message says why.</exception>
    Task<SoundActivations> ReadAsync(ReadingRequest request, Action<ReadingEvent> progress, CancellationToken ct);
}

/// <summary>The music worker as an instrument: the knobs and the playhead of a live take, and what happens to takes.</summary>
public interface ILiveWorker
{
    /// <summary>Something happened to a take that this site asked for: its id, and the event as the worker sent it. On any thread, in order for each
    /// take.</summary>
    event Action<string, GenerationEvent>? Happened;

    /// <summary>Turns knobs of a live take from a column on.</summary>
    /// <exception cref="UserException">They cannot be turned, or the take is over; the message says why.</exception>
    Task<KnobsAnswer> TurnAsync(string takeId, KnobsRequest request, CancellationToken ct);

    /// <summary>Says where the listener of a live take is. Nothing happens when it is over.</summary>
    Task HearAsync(string takeId, PlayheadRequest heard, CancellationToken ct);
}

/// <summary>How the music worker is.</summary>
/// <param name="Status">Whether it works.</param>
/// <param name="Message">What is happening, for a person; null when there is nothing to report.</param>
/// <param name="RetryUtc">When it is started again, while it is down.</param>
/// <param name="Queue">Generations that are waiting or running.</param>
/// <param name="Model">The model it holds; null until one is loaded.</param>
public sealed record ServeState(ServeStatus Status, string? Message, DateTimeOffset? RetryUtc, int Queue, ServeModel? Model);

/// <summary>The states of the music worker.</summary>
public enum ServeStatus
{
    /// <summary>Its process starts, or it loads a model.</summary>
    Starting,

    /// <summary>It waits for work.</summary>
    Ready,

    /// <summary>It makes music; other questions are answered in between.</summary>
    Busy,

    /// <summary>It ended or does not answer; it is started again by itself.</summary>
    Down,
}

/// <summary>How far a take is.</summary>
/// <param name="State">Its state.</param>
/// <param name="QueuePosition">How many generations are made before it; null when it does not wait.</param>
/// <param name="ColumnsDone">Columns computed.</param>
/// <param name="Columns">Columns in all; 0 when not known.</param>
/// <param name="Error">What went wrong, for a person.</param>
public sealed record TakeProgress(TakeState State, int? QueuePosition, int ColumnsDone, int Columns, string? Error);

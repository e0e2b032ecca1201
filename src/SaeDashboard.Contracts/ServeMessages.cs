using System.Text.Json.Serialization;

namespace SaeDashboard.Contracts;

/// <summary>Whether the music worker holds what it should hold from the start.</summary>
public enum ServeLoadState
{
    Loading,

    Ready,
}

/// <summary>What <c>GET /v1/health</c> answers.</summary>
/// <param name="State">Whether what it should hold is there.</param>
/// <param name="Build">The program's build id.</param>
/// <param name="ProcessId">The worker's process.</param>
/// <param name="DataRoot">The data folder it works for.</param>
/// <param name="Model">The model used last; null until one is loaded.</param>
/// <param name="Saes">The SAEs it holds.</param>
/// <param name="Queue">Generations waiting or running.</param>
/// <param name="Loading">What is being loaded.</param>
/// <param name="Problem">Why what it should hold from the start could not be loaded.</param>
/// <param name="Devices">What jobs can compute on here; null from a worker of another build.</param>
public sealed record ServeHealth(
    ServeLoadState State, string Build, int ProcessId, string DataRoot, ServeModel? Model, IReadOnlyList<ServeSae> Saes, int Queue, ServeLoading? Loading, string? Problem,
    IReadOnlyList<DeviceInfo>? Devices = null);

/// <summary>What the worker is loading.</summary>
/// <param name="What">For a person: "the model demo/model".</param>
/// <param name="Fraction">0 to 1.</param>
public sealed record ServeLoading(string What, double Fraction);

/// <summary>The model that the music worker holds.</summary>
/// <param name="Path">Its folder.</param>
/// <param name="Name">The folder's name.</param>
/// <param name="WeightsHash">SHA-256 of the weights.</param>
/// <param name="CodecHash">SHA-256 of the codec: codes sound the same wherever it is equal.</param>
/// <param name="SampleRate">Hz.</param>
/// <param name="FrameRate">Codec frames a second.</param>
/// <param name="Codebooks">Codes a frame.</param>
/// <param name="MaxFrames">The longest piece, in frames.</param>
/// <param name="Channels">Channels of its sound: 1, or 2 of a stereo model.</param>
public sealed record ServeModel(string Path, string Name, string WeightsHash, string CodecHash, int SampleRate, double FrameRate, int Codebooks, int MaxFrames, int Channels = 1);

/// <summary>An SAE that the worker holds.</summary>
/// <param name="Path">Its folder.</param>
/// <param name="WeightsHash">SHA-256 of the weights.</param>
/// <param name="Layer">The layer it reads after.</param>
/// <param name="Latents">Its features.</param>
public sealed record ServeSae(string Path, string WeightsHash, int Layer, int Latents);

/// <summary>What <c>POST /v1/models</c> and <c>/v1/saes</c> are asked: to hold what is in a folder.</summary>
/// <param name="Path">The folder.</param>
public sealed record FolderRequest(string Path);

/// <summary>What <c>POST /v1/decode</c> is asked.</summary>
/// <param name="Model">The model's folder.</param>
/// <param name="Codebooks">Codebooks of the codes.</param>
/// <param name="Codes">int16 little-endian, row by codebook, as base64.</param>
public sealed record DecodeRequest(string Model, int Codebooks, string Codes);

/// <summary>What <c>POST /v1/features</c> is asked.</summary>
/// <param name="Model">The model's folder.</param>
/// <param name="Sae">The SAE's folder, with its feature index.</param>
/// <param name="Codebooks">Codebooks of the codes.</param>
/// <param name="Codes">As in <see cref="DecodeRequest"/>.</param>
/// <param name="Top">How many features at most.</param>
/// <param name="Features">Only these, when given.</param>
public sealed record FeaturesRequest(string Model, string Sae, int Codebooks, string Codes, int Top = 20, IReadOnlyList<int>? Features = null);

/// <summary>A feature that fires in a piece of sound.</summary>
/// <param name="Feature">Its index in the dictionary.</param>
/// <param name="Maximum">Its largest activation.</param>
/// <param name="Multiple">The same in multiples of the feature's p99.</param>
/// <param name="Column">Where that is; column c has heard frames up to c − 1.</param>
/// <param name="Seconds">The same as time: (column − 1) / frame rate.</param>
/// <param name="Strip">Its activation over time, a byte a frame: 255 is the maximum.</param>
public sealed record FiringFeature(int Feature, double Maximum, double Multiple, int Column, double Seconds, byte[] Strip);

/// <summary>What <c>POST /v1/readings</c> is asked: every activation of an SAE along a sound, given as codes or as a file.</summary>
/// <param name="Model">The model's folder.</param>
/// <param name="Sae">The SAE's folder, with its feature index.</param>
/// <param name="Codebooks">Codebooks of the codes; 0 with a file.</param>
/// <param name="Codes">As in <see cref="DecodeRequest"/>; null: the sound is in a file.</param>
/// <param name="Sound">A WAV file in the data folder, which the codec encodes; null: codes are given.</param>
/// <param name="Prompt">The text that belongs to the sound. It is used where the SAE was trained with captions.</param>
public sealed record ReadingRequest(string Model, string Sae, int Codebooks, string? Codes, string? Sound = null, string? Prompt = null);

/// <summary>What can happen to a reading.</summary>
public enum ReadingEventType
{
    /// <summary>Other readings come first: it has a position.</summary>
    Waiting,

    /// <summary>The codec encodes the sound; seconds are counted.</summary>
    Encoding,

    /// <summary>The model hears it and the SAE reads it; frames are counted.</summary>
    Reading,

    /// <summary>The reading is there.</summary>
    Done,

    /// <summary>It failed: the message says why.</summary>
    Error,
}

/// <summary>A line of the answer to <c>POST /v1/readings</c>. Which members it has depends on <paramref name="Type"/>.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Position">Readings before this one.</param>
/// <param name="Done">Seconds or frames done.</param>
/// <param name="Total">Seconds or frames in all.</param>
/// <param name="Message">What went wrong.</param>
/// <param name="Result">The reading.</param>
public sealed record ReadingEvent(
    ReadingEventType Type,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Position = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Done = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Total = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Message = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SoundReading? Result = null);

/// <summary>
/// Every activation above 0 along a sound, grouped by feature: the activations of entry i of <paramref name="Features"/> are those from
/// <paramref name="Starts"/>[i] to <paramref name="Starts"/>[i + 1] − 1. Arrays are little-endian bytes.
/// </summary>
/// <param name="Frames">Codec frames of the sound, F.</param>
/// <param name="FrameRate">Frames a second.</param>
/// <param name="FirstColumn">The first column that the index measures; earlier ones are affected by the start of the sequence.</param>
/// <param name="Features">int32, ascending <c>[n]</c>.</param>
/// <param name="Starts">int32 <c>[n + 1]</c>.</param>
/// <param name="Columns">uint16, ascending within a feature, 1 … F; column c has heard frames up to c − 1.</param>
/// <param name="Values">float32, one for each column.</param>
public sealed record SoundReading(int Frames, double FrameRate, int FirstColumn, byte[] Features, byte[] Starts, byte[] Columns, byte[] Values);

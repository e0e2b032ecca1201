using System.Text.Json.Serialization;

namespace SaeDashboard.Core.Serving;

/// <summary>A line of the answer to <c>POST /v1/generations</c>. Which members it has depends on <paramref name="Type"/>.</summary>
/// <param name="Type">queued (position), settings (samples, frames, sampleRate), columns (done, total, samples), done, cancelled, or error
/// (message).</param>
/// <param name="Position">Generations before this one.</param>
/// <param name="Samples">Samples of each arm: in all (settings), or that can be read now (columns).</param>
/// <param name="Frames">Codec frames in all.</param>
/// <param name="SampleRate">Hz.</param>
/// <param name="Done">Columns computed.</param>
/// <param name="Total">Columns in all.</param>
/// <param name="Message">What went wrong.</param>
public sealed record GenerationEvent(
    string Type,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Position = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Samples = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Frames = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? SampleRate = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Done = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Total = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Message = null)
{
    /// <summary>Whether more is to come; otherwise the take is over.</summary>
    [JsonIgnore]
    public bool IsProgress => Type is "queued" or "settings" or "columns";
}
